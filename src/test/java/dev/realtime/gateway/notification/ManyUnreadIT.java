package dev.realtime.gateway.notification;

import static dev.realtime.gateway.notification.Platform.list;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.protocol.NotificationCommand.ListNotifications;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/**
 * What a user with a great many notifications costs. The figures of more of them: {@code
 * -Dgateway.notifications=500000}.
 */
@Timeout(300)
class ManyUnreadIT {

  private static final int MANY = Integer.getInteger("gateway.notifications", 30_000);
  private static final int CALLS = 20;

  /** Entries of indexes that a page of 50 and the number of unread ones may read. */
  private static final long ENTRIES = 120;

  // Of this session only, since it has last reported: nobody else's reads count.
  private static final String ENTRIES_READ =
      """
      select sum(pg_stat_get_xact_tuples_returned(indexrelid))::bigint as read
      from pg_index where indrelid = 'notifications'::regclass
      """;

  private static final String ROWS_WRITTEN =
      "select pg_stat_get_xact_tuples_updated('notifications'::regclass) as read";

  private static final TestDatabase DATABASE = TestDatabase.fresh();
  private static @Nullable TestGateway gateway;

  @BeforeAll
  static void fill() {
    gateway = TestGateway.start(DATABASE.url(), Backends.redis());
    notify("unread", "null");
    notify("reads", "null");
    notify("replaced", "now()");
    DATABASE.run(
        """
        update notifications set read_at = now()
        where user_id = 'unread' and position > 10 and position <= %d
        """
            .formatted(MANY / 2),
        "update notification_counters set unread = %d where user_id = 'unread'"
            .formatted(MANY - (MANY / 2 - 10)),
        "insert into notifications (id, user_id, position, type, title, message, created_at)"
            + " values (gen_random_uuid(), 'replaced', %d, 't', 'last', 'm', now())"
                .formatted(MANY + 1),
        "update notification_counters set last_position = %d, unread = 1 where user_id = 'replaced'"
            .formatted(MANY + 1),
        "vacuum analyze");
  }

  private static void notify(String userId, String withdrawnAt) {
    DATABASE.run(
        """
        insert into notifications (id, user_id, position, type, title, message, created_at,
                                   withdrawn_at)
        select (lpad(to_hex(n), 8, '0') || substr(md5('%1$s'), 9))::uuid, '%1$s', n, 't', 'a title',
               'A message of some forty characters, as usual', now(), %2$s
        from generate_series(1, %3$d) n
        """
            .formatted(userId, withdrawnAt, MANY),
        """
        insert into notification_counters (user_id, last_position, unread)
        values ('%1$s', %2$d, case when %3$s is null then %2$d else 0 end)
        """
            .formatted(userId, MANY, withdrawnAt));
  }

  @AfterAll
  static void stop() {
    Objects.requireNonNull(gateway).close();
  }

  private static TestGateway node() {
    return Objects.requireNonNull(gateway);
  }

  private static GatewayClient connect(String userId) {
    return node().connect(userId);
  }

  private static void assertCostsAPage(String userId, ListNotifications command) {
    String cursor = command.cursor();
    NotificationRepository notifications = node().bean(NotificationRepository.class);
    Mono<?> asked =
        notifications
            .before(
                userId,
                cursor == null ? Long.MAX_VALUE : Long.parseLong(cursor),
                Boolean.TRUE.equals(command.unreadOnly()),
                50)
            .then(notifications.unread(userId));
    assertThat(difference(ENTRIES_READ, asked)).isBetween(1L, ENTRIES);
  }

  /** By how much a transaction changes a number. */
  private static Long difference(String number, Mono<?> work) {
    Database database = node().bean(Database.class);
    Mono<Long> read = database.sql(number).map(row -> row.number("read")).one();
    return Objects.requireNonNull(
        database
            .inTransaction(
                read.flatMap(before -> work.then(read).map(afterwards -> afterwards - before)))
            .block(Duration.ofSeconds(20)));
  }

  private static void printTimes(GatewayClient client, String what, ListNotifications command) {
    List<Duration> times = new ArrayList<>();
    for (int i = 0; i < CALLS; i++) {
      times.add(timed(() -> client.call(command)));
    }
    print(what, times);
  }

  private static Duration timed(Runnable call) {
    long began = System.nanoTime();
    call.run();
    return Duration.ofNanos(System.nanoTime() - began);
  }

  /** Prints, since the figures are what a run with many notifications is for. */
  private static void print(String what, List<Duration> times) {
    times.sort(null);
    System.out.printf(
        "%-28s %3d times, median %5.1f ms, slowest %5.1f ms%n",
        what,
        times.size(),
        times.get(times.size() / 2).toNanos() / 1e6,
        times.getLast().toNanos() / 1e6);
  }

  @Test
  void aListCostsAPage() {
    try (GatewayClient client = connect("unread")) {
      JsonNode page = client.call(list());
      assertThat(page.get("unread").asLong()).isEqualTo(MANY - (MANY / 2 - 10));
      assertThat(page.get("notifications")).hasSize(50);
      printTimes(client, "list", list());
      assertCostsAPage("unread", list());
    }
  }

  @Test
  void aListOfUnreadOnesPassesNoneThatAreRead() {
    try (GatewayClient client = connect("unread")) {
      ListNotifications rest = new ListNotifications(Integer.toString(MANY / 2 + 1), null, true);
      assertThat(client.call(rest).get("notifications")).hasSize(10);
      printTimes(client, "unread only, far down", rest);
      assertCostsAPage("unread", rest);
    }
  }

  @Test
  void aListPassesNoneThatWereReplaced() {
    try (GatewayClient client = connect("replaced")) {
      assertThat(Platform.listed(client.call(list()))).containsExactly("last");
      printTimes(client, "list behind replaced ones", list());
      assertCostsAPage("replaced", list());
    }
  }

  @Test
  void readingAllCostsNoMoreThanReadingOne() {
    try (GatewayClient client = connect("reads")) {
      Instant before = Instant.now().minusSeconds(5);
      NotificationRepository notifications = node().bean(NotificationRepository.class);
      Duration took =
          timed(() ->
              assertThat(difference(ROWS_WRITTEN, notifications.read("reads", null))).isZero());
      print("read all of " + MANY, new ArrayList<>(List.of(took)));
      JsonNode shown = client.call(list());
      assertThat(shown.get("unread").asLong()).isZero();
      assertThat(shown.get("notifications"))
          .allSatisfy(
              each -> assertThat(Instant.parse(each.get("readAt").asString())).isAfter(before));
      assertThat(client.call(new ListNotifications(null, null, true)).get("notifications"))
          .isEmpty();

      List<Duration> meanwhile = new ArrayList<>();
      await()
          .atMost(Duration.ofMinutes(2))
          .pollInterval(Duration.ofMillis(20))
          .until(() -> {
            meanwhile.add(timed(() -> assertThat(client.call(list())).isEqualTo(shown)));
            return DATABASE.count("notification_counters where settled_up_to < read_up_to") == 0;
          });
      print("list while rows are written", meanwhile);
      assertThat(DATABASE.count("notifications where user_id = 'reads' and read_at is null"))
          .isZero();
      assertThat(client.call(list())).isEqualTo(shown);
    }
  }
}
