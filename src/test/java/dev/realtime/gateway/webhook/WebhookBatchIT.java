package dev.realtime.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import dev.realtime.gateway.support.WebhookReceiver;
import dev.realtime.gateway.support.WebhookReceiver.Post;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

/** Several events of one subject in a request. */
@Timeout(120)
class WebhookBatchIT {

  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String BUSY = "busy";

  /** {@code -Dwebhook.seconds=60} keeps the subject busy for a minute. */
  private static final int SECONDS = Integer.getInteger("webhook.seconds", 6);

  private static final int RATE = 100;

  private final TestDatabase database = TestDatabase.fresh();
  @AutoClose private final WebhookReceiver receiver = new WebhookReceiver();

  private TestGateway start(String... settings) {
    return TestGateway.start(
        database.url(), Backends.redis(), receiver.settings("stream.started", settings));
  }

  private static List<WebhookOutbox.Entry> entries(int from, int count) {
    return IntStream.range(from, from + count)
        .mapToObj(number -> new WebhookOutbox.Entry(BUSY, Map.of("number", number)))
        .toList();
  }

  private List<Integer> numbers() {
    return receiver.accepted(BUSY).stream().map(post -> post.data("number").asInt()).toList();
  }

  private static List<Integer> firstOf(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  private static Duration lag(Post post) {
    return Duration.between(Instant.parse(post.text("createdAt")), post.takenAt());
  }

  @Test
  void keepsUpWithABusySubject() {
    receiver.work(Duration.ofMillis(50));
    int all = RATE * SECONDS;
    try (var gateway = start("WEBHOOK_BATCH=100")) {
      WebhookOutbox outbox = gateway.bean(WebhookOutbox.class);
      Flux.interval(Duration.ofMillis(100))
          .onBackpressureBuffer()
          .take(SECONDS * 10L)
          .concatMap(
              tick -> outbox.addAll(WebhookType.STREAM_STARTED, entries(tick.intValue() * 10, 10)))
          .blockLast(Duration.ofSeconds(SECONDS + 30));
      await().atMost(Duration.ofSeconds(5)).until(() -> numbers().size() >= all);

      assertThat(numbers()).isEqualTo(firstOf(all));
      assertThat(receiver.accepted(BUSY))
          .allSatisfy(post -> assertThat(lag(post)).isLessThan(Duration.ofSeconds(5)))
          .allMatch(Post::isSigned);
    }
  }

  @Test
  void findsTheOneThatIsRefused() {
    receiver.answer(event -> event.get("data").get("number").asInt() == 17 ? 400 : 204);
    try (var gateway = start("WEBHOOK_BATCH=30", "WEBHOOK_FIRST_RETRY=20ms")) {
      gateway
          .bean(WebhookOutbox.class)
          .addAll(WebhookType.STREAM_STARTED, entries(0, 60))
          .block(SOON);
      await().atMost(SOON).until(() -> numbers().size() == 59);

      assertThat(numbers())
          .containsExactlyElementsOf(firstOf(60).stream().filter(number -> number != 17).toList());
      assertThat(database.count("webhook_dead_letters where attempts = 5")).isEqualTo(1);
      assertThat(database.count("webhook_dead_letters")).isEqualTo(1);
      assertThat(receiver.posts()).allMatch(post -> post.body().startsWith("{\"events\":["));
      // Equal ids are equal requests, whatever came of them.
      assertThat(receiver.posts().stream().collect(Collectors.groupingBy(Post::key)).values())
          .allSatisfy(posts -> assertThat(posts.stream().map(Post::body).distinct()).hasSize(1));
    }
  }
}
