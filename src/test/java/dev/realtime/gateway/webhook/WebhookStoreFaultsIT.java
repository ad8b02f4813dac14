package dev.realtime.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import dev.realtime.gateway.support.WebhookReceiver;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Faults of the database that delivery survives. */
@Timeout(90)
class WebhookStoreFaultsIT {

  private static final Duration SOON = Duration.ofSeconds(20);

  /** Longer than a lease with a timeout of a second. */
  private static final Duration HELD = Duration.ofSeconds(16);

  private final TestDatabase database = TestDatabase.fresh();
  @AutoClose private final WebhookReceiver receiver = new WebhookReceiver();

  private TestGateway start() {
    return TestGateway.start(
        database.url(),
        Backends.redis(),
        receiver.settings("stream.started", "WEBHOOK_TIMEOUT=1s"));
  }

  private static void add(TestGateway gateway) {
    gateway
        .bean(WebhookOutbox.class)
        .addAll(
            WebhookType.STREAM_STARTED,
            List.of(new WebhookOutbox.Entry("subject", Map.of("text", "hello"))))
        .block(SOON);
  }

  /** What was accepted cannot be deleted for longer than a lease, while another instance looks. */
  @Test
  void sendsOnceThoughDeletingTakesLongerThanALease() {
    Queue<TestDatabase.Lock> held = new ConcurrentLinkedQueue<>();
    receiver.answer(_ -> {
      if (held.isEmpty()) {
        held.add(database.lock("webhook_events"));
      }
      return 204;
    });
    try (var first = start();
        var _ = start()) {
      add(first);
      await().atMost(SOON).until(() -> !receiver.posts().isEmpty());
      await().during(HELD.minusSeconds(1)).atMost(HELD).until(() -> receiver.posts().size() == 1);
      held.forEach(TestDatabase.Lock::release);

      await().atMost(SOON).until(() -> database.count("webhook_events") == 0);
      assertThat(receiver.posts()).hasSize(1);
    }
  }

  @Test
  void doesNotTakeADatabaseThatFailsForAReceiverThatIsDown() {
    try (var gateway = start()) {
      database.run("alter table webhook_events rename to webhook_events_elsewhere");
      var lease = new Lease(System.nanoTime(), SOON);
      var claimed = new WebhookQueue.Claimed("stream:subject", Identifiers.next(), lease, false);
      Places places = new Places(2, SOON);

      WebhookRun.Outcome outcome =
          gateway.bean(WebhookRun.class).of(claimed, places.take(false), () -> false).block(SOON);

      assertThat(outcome).isEqualTo(WebhookRun.Outcome.NOTHING);
      assertThat(places.vacant()).isEqualTo(2);
    }
  }
}
