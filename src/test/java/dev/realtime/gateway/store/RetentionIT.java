package dev.realtime.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.store.sweeping.Sweeping;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What has outlived its use is forgotten, and nothing else. */
@Timeout(60)
class RetentionIT {

  /** More than are forgotten at once. */
  private static final int MANY = 12_001;

  private static final List<String> KEPT_FOR_A_WHILE =
      List.of(
          "chat_changes",
          "idempotency_keys",
          "notifications",
          "webhook_dead_letters",
          "webhook_events",
          "webhook_queues");

  private final TestDatabase database = TestDatabase.fresh();

  @Test
  void forgetsTheOldAndKeepsTheYoung() {
    try (TestGateway gateway =
        TestGateway.start(database.url(), Backends.redis(), "NOTIFICATION_RETENTION=10d")) {
      database.run(
          "insert into chats (id, type) values ('c', 'group')",
          """
          insert into chat_changes (chat_id, rev, envelope, changed_at)
          select 'c', n, '{}', now() - interval '25 hours' from generate_series(1, %d) n
          """
              .formatted(MANY),
          "insert into chat_changes (chat_id, rev, envelope, changed_at)"
              + " values ('c', 20000, '{}', now() - interval '23 hours')",
          """
          insert into idempotency_keys (call, key, fingerprint, created_at) values
            ('x', 'old', gen_random_uuid(), now() - interval '25 hours'),
            ('x', 'young', gen_random_uuid(), now() - interval '23 hours')
          """,
          """
          insert into webhook_dead_letters (id, type, subject, queue, data, created_at, attempts, died_at)
          values
            (gen_random_uuid(), 't', 's', 's', '{}', now(), 1, now() - interval '31 days'),
            (gen_random_uuid(), 't', 's', 's', '{}', now(), 1, now() - interval '29 days')
          """,
          """
          insert into webhook_queues (queue, due_at)
          select n, now() - interval '31 days' from generate_series(1, %d) n
          """
              .formatted(MANY),
          """
          insert into webhook_events (id, type, subject, queue, data, queued_at) values
            (gen_random_uuid(), 't', '1', '1', '{}', now() - interval '31 days'),
            (gen_random_uuid(), 't', '2', '2', '{}', now() - interval '29 days')
          """,
          "insert into notification_counters (user_id, last_position, unread) values ('alice', 2,"
              + " 2)",
          notification(1, Duration.ofDays(11)),
          notification(2, Duration.ofDays(9)));

      gateway.beans(Sweeping.class).forEach(each -> each.sweeper().wake());

      for (String table : KEPT_FOR_A_WHILE) {
        await()
            .atMost(Duration.ofSeconds(20))
            .untilAsserted(() -> assertThat(database.count(table)).as(table).isEqualTo(1));
      }
      assertThat(database.count("chat_changes where rev = 20000")).isEqualTo(1);
      assertThat(database.count("idempotency_keys where key = 'young'")).isEqualTo(1);
      assertThat(database.count("notifications where position = 2")).isEqualTo(1);
      assertThat(database.count("notification_counters where unread = 1")).isEqualTo(1);
    }
  }

  private static String notification(int position, Duration age) {
    return """
    insert into notifications (id, user_id, position, type, title, message, created_at)
    values ('%s', 'alice', %d, 't', 't', 'm', now() - interval '%d days')
    """
        .formatted(Identifiers.firstOf(Instant.now().minus(age)), position, age.toDays());
  }
}
