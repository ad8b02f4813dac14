package dev.realtime.gateway.chat.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.FaultyLink;
import dev.realtime.gateway.support.HastyCaller;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What was acknowledged is in the database, once, whatever happens between the gateway and
 * PostgreSQL: callers that give up, answers that are slow, connections that end in the middle of a
 * statement, a server that stops. {@code -Dgateway.faults.seconds=60} lasts longer than a build.
 */
@Timeout(300)
class AcknowledgedWritesIT {

  private static final int CHATS = 4;
  private static final int WRITERS = 6;
  private static final int CALLERS = 4;
  private static final Duration LASTS =
      Duration.ofSeconds(Integer.getInteger("gateway.faults.seconds", 14));

  /** Longer than the server lets one wait, and the time in which it itself is stopped. */
  private static final Duration TOO_LONG = Duration.ofMillis(5_500);

  private final TestDatabase database = TestDatabase.fresh();
  private final FaultyLink link = new FaultyLink(URI.create(database.url()).getPort());
  private final Ledger ledger = new Ledger(database);
  private volatile long end;

  @Test
  @Tag("faults")
  void keepsWhatWasAcknowledgedOnce() {
    String url = database.url().replace(":" + port(database.url()), ":" + link.port());
    try (link;
        TestGateway first = TestGateway.start(url, Backends.redis());
        TestGateway second = TestGateway.start(url, Backends.redis());
        Scene scene = new Scene(first, second)) {
      List<String> chats = IntStream.range(0, CHATS).mapToObj(i -> chat(first, scene, i)).toList();
      end = System.nanoTime() + LASTS.toNanos();
      List<Future<?>> work = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        TestGateway node = i % 2 == 0 ? first : second;
        Writer writer = new Writer(node, scene.user("writer" + i), chats, ledger);
        work.add(scene.beside(() -> until(writer::step)));
      }
      for (int i = 0; i < CALLERS; i++) {
        TestGateway node = i % 2 == 0 ? first : second;
        work.add(scene.beside(() -> until(() -> giveUp(node, scene, chats))));
      }
      work.add(scene.beside(() -> until(() -> notify(second, scene))));
      injectFaults();
      work.forEach(AcknowledgedWritesIT::finish);

      ledger.check();
      assertThat(ledger.messages()).as("messages that were acknowledged").isGreaterThan(10);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> database.idleInTransaction(Duration.ZERO) == 0);
    }
  }

  private static int port(String url) {
    return URI.create(url).getPort();
  }

  private static String chat(TestGateway gateway, Scene scene, int number) {
    String id = "chat-" + number;
    String members =
        IntStream.range(0, WRITERS)
            .mapToObj(i -> '"' + scene.user("writer" + i) + '"')
            .reduce((one, other) -> one + "," + other)
            .orElseThrow();
    ApiCalls.call(
        gateway,
        "POST",
        "/api/v1/chats",
        "{\"id\": \"" + id + "\", \"type\": \"group\", \"memberIds\": [" + members + "]}");
    return id;
  }

  private Void until(Runnable step) {
    while (System.nanoTime() < end) {
      step.run();
    }
    return null;
  }

  private static void finish(Future<?> task) {
    Scene.finish(task);
  }

  /** Any call that writes, given up after up to 60 ms. */
  private static void giveUp(TestGateway node, Scene scene, List<String> chats) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    String chat = chats.get(random.nextInt(chats.size()));
    String own = "given-up-" + random.nextInt(20);
    String guest = scene.user("guest" + random.nextInt(20));
    String api = "/api/v1/";
    String group =
        "{\"type\": \"group\", \"title\": \""
            + UUID.randomUUID()
            + "\", \"memberIds\": [\""
            + guest
            + "\"]}";
    long patience = random.nextLong(61);
    switch (random.nextInt(11)) {
      case 0 -> HastyCaller.call(node, "PUT", api + "chats/" + own, group, patience);
      case 1 -> HastyCaller.call(node, "POST", api + "chats", group, patience);
      case 2 -> HastyCaller.call(node, "DELETE", api + "chats/" + own, "", patience);
      case 3 -> HastyCaller.call(node, "PUT", members(api, chat, guest), "{}", patience);
      case 4 -> HastyCaller.call(node, "DELETE", members(api, chat, guest), "", patience);
      case 5 ->
          HastyCaller.call(
              node,
              "POST",
              api + "chats/" + chat + "/messages",
              "{\"senderId\": \"" + guest + "\", \"content\": \"given up\"}",
              patience);
      case 6 ->
          HastyCaller.call(
              node,
              "POST",
              api + "notifications",
              "{\"userIds\": [\""
                  + guest
                  + "\"], \"type\": \"t\", \"title\": \"t\", \"message\": \"m\"}",
              patience);
      case 7 ->
          HastyCaller.call(
              node,
              "POST",
              api + "streams",
              "{\"id\": \"" + own + "\", \"hostId\": \"" + guest + "\", \"title\": \"t\"}",
              patience);
      case 8 ->
          HastyCaller.call(
              node,
              "PATCH",
              api + "streams/" + own,
              "{\"title\": \"" + UUID.randomUUID() + "\", \"moderatorIds\": [\"" + guest + "\"]}",
              patience);
      case 9 ->
          HastyCaller.call(node, "PUT", api + "users/" + guest + "/follows/" + own, "", patience);
      default ->
          HastyCaller.call(
              node,
              "POST",
              api + "events",
              "{\"userId\": \"" + guest + "\", \"event\": \"app:x\", \"data\": {}}",
              patience);
    }
  }

  private static String members(String api, String chat, String user) {
    return api + "chats/" + chat + "/members/" + user;
  }

  private void notify(TestGateway node, Scene scene) {
    String user = scene.user("told" + ThreadLocalRandom.current().nextInt(5));
    String key = UUID.randomUUID().toString();
    ApiCalls.Answer answer =
        ApiCalls.to(node)
            .call(
                "POST",
                "/api/v1/notifications",
                "{\"userIds\": [\""
                    + user
                    + "\"], \"type\": \"t\", \"title\": \""
                    + key
                    + "\", \"message\": \"m\"}",
                "Idempotency-Key",
                key);
    if (answer.status() == 202) {
      ledger.notified(user, key);
    }
  }

  /** In turn: slow, cut, stopped for a second, and once for so long that everything gives up. */
  private void injectFaults() {
    boolean stoppedForLong = LASTS.toSeconds() < 30;
    while (System.nanoTime() < end) {
      link.slow(5);
      rest(1_500);
      link.cutOneIn(150);
      rest(1_500);
      link.cutOneIn(0);
      link.slow(0);
      try (TestDatabase.Stopped _ = database.stopServer()) {
        rest(1_000);
      }
      rest(1_000);
      assertThat(database.idleInTransaction(TOO_LONG)).as("idle in a transaction").isZero();
      if (!stoppedForLong && System.nanoTime() > end - LASTS.toNanos() / 2) {
        stoppedForLong = true;
        try (TestDatabase.Stopped _ = database.stopServer()) {
          rest(12_000);
        }
        rest(6_000);
        assertThat(database.idleInTransaction(TOO_LONG)).as("idle in a transaction").isZero();
      }
    }
  }

  /** How long a fault lasts is what this test is about. */
  private static void rest(long millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }
}
