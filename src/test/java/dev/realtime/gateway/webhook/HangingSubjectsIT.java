package dev.realtime.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import dev.realtime.gateway.support.WebhookReceiver;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Subjects whose requests hang leave places to the others. */
@Timeout(90)
class HangingSubjectsIT {

  private static final Duration SOON = Duration.ofSeconds(20);

  /** More than there are places. */
  private static final int HANGING = 24;

  private final TestDatabase database = TestDatabase.fresh();
  private final CountDownLatch released = new CountDownLatch(1);
  @AutoClose private final WebhookReceiver receiver = new WebhookReceiver();

  private int answer(JsonNode event) {
    if (event.get("subject").asString().startsWith("hanging")) {
      try {
        released.await();
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      }
    }
    return 204;
  }

  private static void add(TestGateway gateway, List<String> subjects) {
    gateway
        .bean(WebhookOutbox.class)
        .addAll(
            WebhookType.STREAM_STARTED,
            subjects.stream()
                .map(subject -> new WebhookOutbox.Entry(subject, Map.of("text", "hello")))
                .toList())
        .block(SOON);
  }

  private Duration delivered(TestGateway gateway, String subject) {
    long begun = System.nanoTime();
    add(gateway, List.of(subject));
    await()
        .pollInterval(Duration.ofMillis(20))
        .atMost(SOON)
        .until(() -> !receiver.accepted(subject).isEmpty());
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  /** The receiver's last answer before the others hang takes a while, or does not. */
  @ParameterizedTest
  @ValueSource(longs = {0, 1_500})
  void leavePlacesToOthers(long lastAnswerMillis) {
    receiver.answer(this::answer);
    try (var gateway =
        TestGateway.start(database.url(), Backends.redis(), receiver.settings("stream.started"))) {
      // The first request of all opens connections and loads classes.
      delivered(gateway, "first");
      receiver.work(Duration.ofMillis(lastAnswerMillis));
      delivered(gateway, "last");
      receiver.work(Duration.ZERO);
      add(gateway, IntStream.range(0, HANGING).mapToObj(i -> "hanging" + i).toList());
      // All places are taken before the others come.
      await()
          .atMost(SOON)
          .until(() -> database.count("webhook_queues where leased_by is not null") >= 16);

      assertThat(delivered(gateway, "other")).isLessThan(Duration.ofSeconds(8));
      for (int i = 0; i < 10; i++) {
        assertThat(delivered(gateway, "other" + i)).isLessThan(Duration.ofSeconds(8));
      }
      released.countDown();
      await().atMost(Duration.ofSeconds(60)).until(() -> database.count("webhook_events") == 0);
    }
  }
}
