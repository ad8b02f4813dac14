package dev.realtime.gateway.chat.rooms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.protocol.SessionCommand.Resume;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/**
 * What it costs PostgreSQL when many clients resume at once, as after a deploy. More of them with
 * {@code -Dgateway.resume.clients=1000}.
 */
@Timeout(300)
class ResumeCostIT {

  private static final int CLIENTS = Integer.getInteger("gateway.resume.clients", 100);
  private static final int CHATS = 5;
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final Semaphore AT_ONCE = new Semaphore(20);

  private final TestDatabase database = TestDatabase.fresh();

  @Test
  void manyClientsShareTheirQueries() throws Exception {
    try (TestGateway first = TestGateway.start(database.url(), Backends.redis())) {
      first.connect("somebody").close();
    }
    fill();
    long connecting = statements(false);
    long resuming = statements(true);

    System.out.printf(
        "%d clients, %d chats each: %d transactions to connect, %d more to resume%n",
        CLIENTS, CHATS, connecting, resuming - connecting);
    assertThat(resuming - connecting).isLessThan(CLIENTS * 2L);
  }

  /**
   * Each client is in five chats of five members; it has missed three messages of one of them. Each
   * tenth has missed the last of its three notifications.
   */
  private void fill() {
    database.run(
        """
        insert into chats (id, type, last_seq, last_rev)
        select 'c' || n, 'group', 20, 20 from generate_series(1, %d) n
        """
            .formatted(CLIENTS),
        """
        insert into chat_members (chat_id, user_id)
        select 'c' || (u + k) %% %1$d + 1, 'u' || u
        from generate_series(1, %1$d) u, generate_series(0, 4) k
        """
            .formatted(CLIENTS),
        """
        insert into messages (chat_id, seq, id, first_rev, rev, sender_id, temp_id, fingerprint,
                              content, created_at)
        select 'c' || n, s, gen_random_uuid(), s, s, 'u' || n, s::text, gen_random_uuid(), 'text',
               now()
        from generate_series(1, %d) n, generate_series(1, 20) s
        """
            .formatted(CLIENTS),
        """
        insert into notification_counters (user_id, last_position, unread)
        select 'u' || n, 3, 3 from generate_series(1, %d) n
        """
            .formatted(CLIENTS),
        """
        insert into notifications (id, user_id, position, type, title, message, created_at)
        select ('00000000-0000-7000-8000-' || lpad((n * 10 + p)::text, 12, '0'))::uuid, 'u' || n, p,
               't', 'title', 'message', now()
        from generate_series(1, %d) n, generate_series(1, 3) p
        """
            .formatted(CLIENTS),
        "vacuum analyze");
  }

  /** Counts the transactions of a gateway from its start to its end, the pool's checks too. */
  private long statements(boolean resuming) throws Exception {
    long before = committed();
    try (TestGateway gateway = TestGateway.start(database.url(), Backends.redis());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<GatewayClient> clients = connect(gateway, threads);
      if (resuming) {
        resumeAll(clients, threads);
      }
      clients.forEach(GatewayClient::abort);
    }
    return committed() - before;
  }

  /** Sessions report what they did when they end, which is not quite when the gateway has ended. */
  private long committed() {
    AtomicLong last = new AtomicLong(-1);
    await()
        .pollDelay(Duration.ofMillis(500))
        .pollInterval(Duration.ofMillis(500))
        .until(() -> last.getAndSet(number()) == last.get());
    return last.get();
  }

  private long number() {
    return database.number(
        "select xact_commit from pg_stat_database where datname = current_database()");
  }

  private static List<GatewayClient> connect(TestGateway gateway, ExecutorService threads)
      throws Exception {
    List<Future<GatewayClient>> coming = new ArrayList<>();
    for (int i = 1; i <= CLIENTS; i++) {
      String user = "u" + i;
      coming.add(threads.submit(() -> connect(gateway, user)));
    }
    List<GatewayClient> clients = new ArrayList<>();
    for (Future<GatewayClient> client : coming) {
      clients.add(client.get(60, TimeUnit.SECONDS));
    }
    return clients;
  }

  private static GatewayClient connect(TestGateway gateway, String user) {
    AT_ONCE.acquireUninterruptibly();
    try {
      return gateway.connect(user);
    } finally {
      AT_ONCE.release();
    }
  }

  private static void resumeAll(List<GatewayClient> clients, ExecutorService threads)
      throws Exception {
    long began = System.nanoTime();
    List<Future<?>> resumes = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      int user = i + 1;
      resumes.add(threads.submit(() -> resumeOne(clients.get(user - 1), user)));
    }
    for (Future<?> each : resumes) {
      each.get(120, TimeUnit.SECONDS);
    }
    System.out.printf("all resumed after %d ms%n", (System.nanoTime() - began) / 1_000_000);
  }

  private static String chat(int user, int k) {
    return "c" + ((user + k) % CLIENTS + 1);
  }

  private static void resumeOne(GatewayClient client, int user) {
    Map<String, Position> positions = new HashMap<>();
    for (int k = 0; k < CHATS; k++) {
      long known = k == 0 ? 17 : 20;
      positions.put(chat(user, k), new Position(known, known));
    }
    boolean missed = user % 10 == 0;
    String known = "00000000-0000-7000-8000-%012d".formatted(user * 10 + (missed ? 2 : 3));
    JsonNode reply = client.call(new Resume(null, positions, null, known));
    JsonNode chats = reply.get("chats");
    assertThat(chats).hasSize(CHATS);
    assertThat(reply.get("notifications").toString())
        .isEqualTo("{\"outcome\":\"recovered\",\"unread\":3}");
    assertThat(chats)
        .allSatisfy(chat -> assertThat(chat.get("outcome").asString()).isEqualTo("recovered"));
    IntStream.range(0, CHATS)
        .forEach(k ->
            client.await(
                frame ->
                    frame.event().equals("chat:replayed")
                        && frame.text("chatId").equals(chat(user, k)),
                DEADLINE));
    if (missed) {
      assertThat(client.await("notification", DEADLINE).isReplayed()).isTrue();
    }
  }
}
