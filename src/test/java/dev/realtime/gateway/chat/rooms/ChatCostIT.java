package dev.realtime.gateway.chat.rooms;

import static dev.realtime.gateway.support.Commands.history;
import static dev.realtime.gateway.support.Commands.historyBefore;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.listChats;
import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Commands.resume;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.chat.Marks;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.protocol.ChatCommand.LeaveChat;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import tools.jackson.databind.JsonNode;

/**
 * What reading costs in a chat with a long history, and in a user's long list. The figures of a
 * larger one: {@code -Dgateway.messages=5000000 -Dgateway.chats=5000}.
 */
@Timeout(900)
class ChatCostIT {

  private static final String POSTMASTER =
      "select split_part(pg_read_file('postmaster.pid'), chr(10), 1)::bigint";

  private static final int MESSAGES = Integer.getInteger("gateway.messages", 20_000);
  private static final int CHATS = Integer.getInteger("gateway.chats", 1_000);
  private static final int ROUNDS = Integer.getInteger("gateway.rounds", 50);
  private static final int MEMBERS = 1_000;
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private static final TestDatabase DATABASE = TestDatabase.fresh();
  private static @Nullable TestGateway gateway;

  @BeforeAll
  static void fill() {
    gateway = TestGateway.start(DATABASE.url(), Backends.redis());
    DATABASE.run(
        """
        insert into chats (id, type, last_seq, last_rev, active_at, member_count)
        select 'c' || n, 'group', 20, 20, now() - n * interval '1 minute', 1
        from generate_series(1, %d) n
        """
            .formatted(CHATS),
        "insert into chat_members (chat_id, user_id) select id, 'reader' from chats",
        """
        insert into messages (chat_id, seq, id, first_rev, rev, sender_id, temp_id, fingerprint,
                              content, created_at)
        select 'c' || n, s, gen_random_uuid(), s, s, 's', s::text, gen_random_uuid(), 'text', now()
        from generate_series(1, %d) n, generate_series(1, 20) s
        """
            .formatted(CHATS),
        """
        insert into chats (id, type, last_seq, last_rev, member_count)
        values ('big', 'group', %1$d, %1$d + %1$d / 100, %2$d)
        """
            .formatted(MESSAGES, MEMBERS),
        """
        insert into chat_members (chat_id, user_id)
        select 'big', 'm' || n from generate_series(1, %d) n
        """
            .formatted(MEMBERS),
        """
        insert into messages (chat_id, seq, id, first_rev, rev, sender_id, temp_id, fingerprint,
                              content, created_at)
        select 'big', n, gen_random_uuid(), n, case when n %% 100 = 0 then %1$d + n / 100 else n end,
               'm1', n::text, gen_random_uuid(), 'A message of some forty characters, as usual', now()
        from generate_series(1, %1$d) n
        """
            .formatted(MESSAGES),
        "vacuum analyze");
  }

  @AfterAll
  static void stop() {
    Objects.requireNonNull(gateway).close();
  }

  private static TestGateway gateway() {
    return Objects.requireNonNull(gateway);
  }

  @Test
  void aLongHistoryCostsAReaderNoMoreThanAShortOne() {
    try (GatewayClient client = gateway().connect("m2")) {
      measure(
          "join",
          () -> {
            client.call(new LeaveChat("big"));
            client.call(join("big"));
          });
      client.call(new LeaveChat("big"));
      measure("history, newest", () -> client.call(history("big")));
      measure("history, middle", () -> client.call(historyBefore("big", MESSAGES / 2L, 50)));
      long rev = MESSAGES + MESSAGES / 100L;
      measure("resume, nothing missed", () -> resumed(client, MESSAGES, rev, "recovered"));
      measure("resume, 30 missed", () -> resumed(client, MESSAGES - 30L, rev - 30, "recovered"));
      measure("resume, too much", () -> resumed(client, 1_000, 1_000, "snapshot"));
      measure("resume, all changes", () -> resumed(client, MESSAGES, 1_000, null));
    }
  }

  private static void resumed(GatewayClient client, long seq, long rev, @Nullable String outcome) {
    JsonNode chat = client.call(resume("big", new Position(seq, rev))).at("/chats/big");
    if (outcome != null) {
      assertThat(chat.get("outcome").asString()).isEqualTo(outcome);
    }
    client.call(new LeaveChat("big"));
  }

  @Test
  void aLongListCostsAPage() {
    try (GatewayClient client = gateway().connect("reader")) {
      measure("list of " + CHATS, () -> client.call(listChats()));
    }
  }

  /** What PostgreSQL does for a message that all of a thousand members read. */
  @Test
  void marksOfALargeChatCostNoCounts() {
    Marks marks = gateway().bean(Marks.class);
    try (GatewayClient client = gateway().connect("m1")) {
      Map<Long, Long> before = cpu();
      for (int i = 0; i < 10; i++) {
        String id = client.call(message("big", "message " + i)).get("id").asString();
        Flux.range(1, MEMBERS)
            .flatMap(n -> marks.read("big", "m" + n, id), MEMBERS)
            .blockLast(DEADLINE);
      }
      // The figure is what a run with many messages is for.
      System.out.printf(
          "CPU of PostgreSQL per message and 1,000 reads: %d ms%n", cpuSince(before) / 10);
    }
  }

  /** The milliseconds of each process of the server, by its id. */
  private static Map<Long, Long> cpu() {
    // Not by the parent of a backend, which may have ended when its process is looked up.
    return ProcessHandle.of(DATABASE.number(POSTMASTER))
        .orElseThrow()
        .descendants()
        .collect(
            Collectors.toMap(
                ProcessHandle::pid,
                each -> each.info().totalCpuDuration().orElse(Duration.ZERO).toMillis()));
  }

  private static long cpuSince(Map<Long, Long> before) {
    return cpu().entrySet().stream()
        .mapToLong(each -> each.getValue() - before.getOrDefault(each.getKey(), 0L))
        .sum();
  }

  private static void measure(String what, Runnable call) {
    for (int i = 0; i < 5; i++) {
      call.run();
    }
    List<Long> micros = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      long began = System.nanoTime();
      call.run();
      micros.add((System.nanoTime() - began) / 1_000);
    }
    micros.sort(null);
    // The figures are what a run with many messages is for.
    System.out.printf(
        "%-24s median %7.2f ms, p99 %7.2f ms%n",
        what, micros.get(ROUNDS / 2) / 1000.0, micros.get(ROUNDS * 99 / 100) / 1000.0);
  }
}
