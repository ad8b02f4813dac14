package dev.realtime.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.protocol.ChatReply;
import dev.realtime.gateway.protocol.Reply;
import dev.realtime.gateway.protocol.SessionEvent;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** A connection sends an answer with the id of its command, or what a command without one gets. */
class AnswerTest {

  private static final SessionEvent.Draining PUSH = new SessionEvent.Draining(1);
  private static final SessionEvent.Draining ALONE = new SessionEvent.Draining(2);

  @AutoClose private final LoneConnection client = new LoneConnection();

  private boolean answered(String id, Answer.Telling answer) {
    return client.finish(client.connection().answer(id, answer));
  }

  private boolean answeredWithoutId(Answer.Telling answer) {
    return client.finish(client.connection().answer(null, answer));
  }

  @Test
  void repliesWithTheIdAndPushesWhatBelongsToIt() {
    Answer.Telling answer = Answer.of(new ChatReply.ReactionCount(3)).andPush(PUSH, ALONE);

    assertThat(answered("7", answer)).isTrue();

    assertThat(client.sent())
        .containsExactly(
            "{\"event\":\"ack\",\"id\":\"7\",\"data\":{\"count\":3}}",
            "{\"event\":\"session:draining\",\"data\":{\"afterMs\":1}}");
  }

  @Test
  void tellsACommandWithoutIdNothing() {
    assertThat(answeredWithoutId(Answer.done())).isTrue();

    assertThat(client.sent()).isEmpty();
  }

  @Test
  void pushesToACommandWithoutIdWhatTakesThePlaceOfTheReply() {
    assertThat(answeredWithoutId(Answer.done().andPush(PUSH, ALONE))).isTrue();
    assertThat(answeredWithoutId(Answer.done().orPush(Mono.just(PUSH)))).isTrue();

    assertThat(client.sent())
        .containsExactly(
            "{\"event\":\"session:draining\",\"data\":{\"afterMs\":2}}",
            "{\"event\":\"session:draining\",\"data\":{\"afterMs\":1}}");
  }

  @Test
  void asksForTheWordsAtTheMomentOfSending() {
    AtomicBoolean there = new AtomicBoolean(true);
    Answer.Telling answer =
        Answer.whenSent(() -> there.get() ? Reply.Done.DONE : null).andPush(PUSH, ALONE);
    Mono<Boolean> told = client.connection().answer("1", answer);
    there.set(false);

    assertThat(client.finish(told)).isFalse();
    assertThat(answeredWithoutId(answer)).isFalse();
    assertThat(client.sent()).isEmpty();
  }

  @Test
  void doesWhatGoesWithAReplyAlsoWithoutAnId() {
    AtomicBoolean left = new AtomicBoolean();
    assertThat(
            answeredWithoutId(
                Answer.whenSent(() -> {
                  left.set(true);
                  return Reply.Done.DONE;
                })))
        .isTrue();

    assertThat(left).isTrue();
    assertThat(client.sent()).isEmpty();
  }

  @Test
  void countsAConnectionThatIsGoneAsTold() {
    client.close();

    assertThat(answered("1", Answer.whenSent(() -> null))).isTrue();
  }
}
