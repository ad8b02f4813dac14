package dev.realtime.gateway.notification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.notification.PlatformNotifications.Request;
import dev.realtime.gateway.protocol.NewNotification;
import dev.realtime.gateway.support.ApiCalls.Answer;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestDatabase.Lock;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Many calls to {@code POST /notifications} at once. The figures of more of them: {@code
 * -Dgateway.calls=2000}.
 */
@Timeout(120)
class PlatformCallsIT {

  private static final int CALLS = Integer.getInteger("gateway.calls", 300);
  private static final int AT_ONCE = 64;

  /** The promise is 300 ms; a busy machine has longer, yet less than a lock is waited for. */
  private static final Duration SOON = Duration.ofSeconds(3);

  private static final Duration LATE = Duration.ofSeconds(20);

  private static final TestDatabase DATABASE = TestDatabase.fresh();
  private static @Nullable TestGateway gateway;

  @AutoClose private final Scene scene = new Scene(node(), node());

  private final Platform platform = new Platform(node());
  private final PlatformNotifications notifications = node().bean(PlatformNotifications.class);

  @BeforeAll
  static void start() {
    gateway = TestGateway.start(DATABASE.url(), Backends.redis());
  }

  @AfterAll
  static void stop() {
    node().close();
  }

  private static TestGateway node() {
    return Objects.requireNonNull(gateway);
  }

  private Future<Answer> tell(List<String> users, String... headers) {
    return scene.beside(
        () -> platform.call("POST", "/notifications", Platform.body(users, "t", ""), headers));
  }

  private List<String> users(String name, int count) {
    return IntStream.range(0, count).mapToObj(i -> scene.user(name + " " + i)).toList();
  }

  private static <T> List<T> all(Flux<T> flux) {
    return Objects.requireNonNull(flux.collectList().block(LATE));
  }

  private Mono<Integer> send(String user, String title, @Nullable String key) {
    NewNotification content = new NewNotification("test", title, "m", null, null, null);
    return notifications
        .send(new Request(List.of(user), content), key)
        .map(PlatformNotifications.Accepted::accepted);
  }

  /** Whoever is locked is in a transaction of somebody else, as in a call to many users. */
  private static Lock hold(String user) {
    DATABASE.run(
        "insert into notification_counters (user_id) values ('%s') on conflict do nothing"
            .formatted(user));
    return DATABASE.lock("notification_counters where user_id = '" + user + "'");
  }

  private static void awaitWaiting(int sessions) {
    await()
        .atMost(LATE)
        .until(() ->
            DATABASE.count(
                    "pg_stat_activity where datname = current_database()"
                        + " and application_name = 'realtime-gateway' and wait_event_type = 'Lock'")
                >= sessions);
  }

  private static void assertAnswered(List<Future<Answer>> calls, Duration deadline) {
    await().atMost(deadline).until(() -> calls.stream().allMatch(Future::isDone));
    assertThat(calls.stream().map(Scene::finish).map(Answer::status)).containsOnly(202);
  }

  @Test
  void callsToManyUsersHoldUpNoCallsToFew() {
    List<String> crowd = users("crowd", 1_000);
    try (Lock held = hold(crowd.getLast())) {
      List<Future<Answer>> large = Stream.of(1, 2, 3).map(_ -> tell(crowd)).toList();
      awaitWaiting(2);
      assertAnswered(users("few", 10).stream().map(user -> tell(List.of(user))).toList(), SOON);
      assertThat(large).noneMatch(Future::isDone);
      held.release();
      assertAnswered(large, LATE);
    }
  }

  @Test
  void aHeldUserHoldsUpNoneOfTheOthersInTheGroup() {
    String user = scene.user("held");
    try (Lock held = hold(user)) {
      Future<Answer> waiting = tell(List.of(user, scene.user("too")), Platform.KEY, user);
      awaitWaiting(1);
      List<Future<Answer>> others =
          users("other", 40).stream()
              .map(other -> tell(List.of(other), Platform.KEY, other))
              .toList();
      assertAnswered(others, SOON);
      assertThat(waiting.isDone()).isFalse();
      assertThat(DATABASE.count("notifications where user_id = '%s'".formatted(scene.user("too"))))
          .isZero();
      held.release();
      assertAnswered(List.of(waiting), LATE);
    }
    assertThat(DATABASE.count("notifications where user_id = '%s'".formatted(user))).isOne();
  }

  @Test
  void aHeldKeyHoldsUpNoneOfTheOthersInTheGroup() {
    String key = scene.user("key");
    String user = scene.user("alice");
    try (Lock held =
        DATABASE.hold(
            """
            select pg_advisory_xact_lock(21064, hashtext('notifications %1$s'));
            insert into idempotency_keys (call, key, fingerprint)
            values ('notifications', '%1$s', gen_random_uuid())
            """
                .formatted(key))) {
      Future<Answer> waiting = tell(List.of(user), Platform.KEY, key);
      awaitWaiting(1);
      assertAnswered(
          users("other", 40).stream()
              .map(other -> tell(List.of(other), Platform.KEY, other))
              .toList(),
          SOON);
      assertThat(waiting.isDone()).isFalse();
      held.release();
      assertAnswered(List.of(waiting), LATE);
    }
  }

  @Test
  void manyCallsShareTransactions() {
    String user = scene.user("u");
    long began = System.nanoTime();
    List<Integer> accepted =
        Flux.range(0, CALLS)
            .flatMap(i -> send(user + i, "t", i % 2 == 0 ? null : user + i), AT_ONCE)
            .collectList()
            .block(LATE);
    long millis = (System.nanoTime() - began) / 1_000_000;
    long transactions =
        DATABASE.number(
            "select count(distinct xmin::text) from notifications where user_id like '%s%%'"
                .formatted(user));
    // The figures are what a run with many calls is for.
    System.out.printf(
        "%d calls, %d at a time: %d ms, %d transactions%n", CALLS, AT_ONCE, millis, transactions);
    assertThat(accepted).hasSize(CALLS).containsOnly(1);
    assertThat(transactions).isLessThan(CALLS / 4);
  }

  @Test
  void aGroupAnswersUsedKeysAndStoresTheRestOnce() {
    String user = scene.user("alice");
    List<String> keys = users("key", 20);
    Flux.fromIterable(keys.subList(0, 10)).flatMap(key -> send(user, "first", key)).blockLast(LATE);

    // The first ten are repeated, the next ten are new and sent twice, and ten have another body.
    List<String> answers =
        all(
            Flux.concat(
                    Flux.fromIterable(keys).map(key -> send(user, "first", key)),
                    Flux.fromIterable(keys.subList(10, 20)).map(key -> send(user, "first", key)),
                    Flux.fromIterable(keys.subList(0, 10)).map(key -> send(user, "other", key)))
                .flatMapSequential(
                    call -> call.map(String::valueOf).onErrorResume(e -> Mono.just(e.toString())),
                    64));

    assertThat(answers).hasSize(40);
    assertThat(answers.subList(0, 30)).containsOnly("1");
    assertThat(answers.subList(30, 40))
        .allMatch(
            answer -> answer.endsWith("This Idempotency-Key was already used for another body."));
    assertThat(DATABASE.count("notifications where user_id = '%s'".formatted(user))).isEqualTo(20);
    assertThat(
            DATABASE.number(
                "select last_position from notification_counters where user_id = '%s'"
                    .formatted(user)))
        .isEqualTo(20);
  }

  @Test
  void oneCallThatFailsFailsNoOther() {
    String user = scene.user("alice");
    DATABASE.run(
        "create or replace function refuse() returns trigger language plpgsql as"
            + " $$ begin raise exception 'refused'; end $$",
        "create trigger refuse before insert on notifications for each row"
            + " when (new.title = 'bad') execute function refuse()");

    List<Integer> accepted =
        Flux.range(0, 20)
            .flatMap(
                i ->
                    send(user, i == 10 ? "bad" : "good", i % 2 == 0 ? null : user + i)
                        .onErrorReturn(0),
                20)
            .collectList()
            .block(LATE);

    assertThat(accepted).hasSize(20).containsOnlyOnce(0);
    assertThat(DATABASE.count("notifications where user_id = '%s'".formatted(user))).isEqualTo(19);
    DATABASE.run("drop trigger refuse on notifications");
  }

  @Test
  void severalNotificationsOfOneUserInAGroupComeInOrder() {
    String user = scene.user("alice");
    var phone = scene.onFirst("alice");
    AddStatement statement = node().bean(AddStatement.class);
    List<Addition> additions =
        Stream.of("a", "b", "a", "b", "c")
            .map(key ->
                new Addition(
                    new NewNotification("test", key, "m", null, key.equals("c") ? null : key, null),
                    List.of(user),
                    key.equals("c") ? null : key + "-source" + key.hashCode() % 2))
            .toList();

    var stored = Objects.requireNonNull(statement.run(additions, null, true).block(LATE));

    assertThat(stored.stream().map(each -> each.orElseThrow().places().size()))
        .containsExactly(1, 1, 0, 0, 1);
    assertThat(Platform.listed(phone.call(Platform.list()))).containsExactly("c", "b", "a");
    assertThat(phone.call(Platform.list()).get("unread").asLong()).isEqualTo(3);

    List<Addition> collapsing =
        Stream.of(1, 2, 3)
            .map(i ->
                new Addition(
                    new NewNotification("test", "a" + i, "m", null, "a", null),
                    List.of(user),
                    null))
            .toList();
    var replaced = Objects.requireNonNull(statement.run(collapsing, null, true).block(LATE));

    assertThat(replaced.stream().map(each -> each.orElseThrow().places().getFirst().position()))
        .containsExactly(4L, 5L, 6L);
    assertThat(Platform.listed(phone.call(Platform.list()))).containsExactly("a3", "c", "b");
    assertThat(phone.call(Platform.list()).get("unread").asLong()).isEqualTo(3);
  }
}
