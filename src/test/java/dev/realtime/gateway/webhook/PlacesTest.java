package dev.realtime.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class PlacesTest {

  private static final Duration SLOW = Duration.ofSeconds(1);
  private static final Duration QUICK = Duration.ofMillis(50);

  private final AtomicLong now = new AtomicLong();
  private final Places places = new Places(8, SLOW, now::get);
  private final List<Places.Place> ended = new ArrayList<>();

  private Places.Place hang(boolean silent) {
    Places.Place place = places.take(silent);
    var _ = place.ask(Mono.never()).subscribe(_ -> ended.add(place));
    return place;
  }

  private static void answer(Places.Place place) {
    place.ask(Mono.just(WebhookAnswer.without(WebhookAnswer.Kind.ACCEPTED, ""))).block();
  }

  private void answerOne(Duration after) {
    Places.Place place = places.take(false);
    Sinks.One<WebhookAnswer> answer = Sinks.one();
    var _ = place.ask(answer.asMono()).subscribe();
    now.addAndGet(after.toNanos());
    answer.tryEmitValue(WebhookAnswer.without(WebhookAnswer.Kind.ACCEPTED, ""));
    place.leave();
  }

  private void pass(Duration time) {
    for (long left = time.toNanos(); left > 0; left -= SLOW.toNanos() / 2) {
      now.addAndGet(SLOW.toNanos() / 2);
      places.look();
    }
  }

  @Test
  void endsWhatIsSlowBeyondHalfWhenOthersAreAnswered() {
    answerOne(QUICK);
    List<Places.Place> hanging = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      hanging.add(hang(false));
    }
    assertThat(places.vacant()).isZero();

    pass(SLOW);

    assertThat(ended).containsExactlyElementsOf(hanging.subList(4, 8));
    ended.forEach(Places.Place::leave);
    assertThat(places.vacant()).isEqualTo(4);
    assertThat(places.vacantForSilent()).isZero();
    pass(SLOW.multipliedBy(20));
    assertThat(ended).hasSize(4);
  }

  @Test
  void endsNothingWhileThereIsRoom() {
    answerOne(QUICK);
    for (int i = 0; i < 7; i++) {
      hang(false);
    }

    pass(SLOW.multipliedBy(20));
    assertThat(ended).isEmpty();

    hang(false);
    pass(SLOW);
    assertThat(ended).hasSizeBetween(3, 4);
  }

  @Test
  void waitsTwiceAsLongAsTheLastAnswerTook() {
    answerOne(SLOW.multipliedBy(3));
    for (int i = 0; i < 8; i++) {
      hang(false);
    }

    pass(SLOW.multipliedBy(5));
    assertThat(ended).isEmpty();
    pass(SLOW);
    assertThat(ended).hasSize(4);
  }

  @Test
  void endsNothingBeforeTheFirstAnswer() {
    for (int i = 0; i < 8; i++) {
      hang(false);
    }

    pass(SLOW.multipliedBy(20));

    assertThat(ended).isEmpty();
  }

  @Test
  void givesHalfToQueuesWithoutAnAnswer() {
    answerOne(QUICK);
    List<Places.Place> silent = new ArrayList<>();
    while (places.vacantForSilent() > 0) {
      silent.add(hang(true));
    }
    assertThat(silent).hasSize(4);
    assertThat(places.vacant()).isEqualTo(4);

    answer(silent.getFirst());
    assertThat(places.vacantForSilent()).isEqualTo(1);
    silent.getLast().leave();
    silent.getLast().leave();
    assertThat(places.vacantForSilent()).isEqualTo(2);
    assertThat(places.vacant()).isEqualTo(5);
  }
}
