package dev.realtime.gateway.chat.changes;

import static dev.realtime.gateway.support.Commands.history;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Commands.react;
import static dev.realtime.gateway.support.Commands.takeBack;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.chat.MessageRepository;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.ChatCommand.DeleteMessage;
import dev.realtime.gateway.protocol.ChatCommand.React;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** Reactions are written in groups, counted exactly and read cheaply. */
@Timeout(120)
class ReactionsIT {

  private static final Logger log = LoggerFactory.getLogger(ReactionsIT.class);

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final TestDatabase database = TestDatabase.fresh();
  private static final TestGateway first = TestGateway.start(database.url(), Backends.redis());
  private static final TestGateway second = TestGateway.start(database.url(), Backends.redis());

  private final Scene scene = new Scene(first, second);
  private final GatewayClient alice = scene.onFirst("alice");

  @AfterAll
  static void stop() {
    first.close();
    second.close();
  }

  @AfterEach
  void leave() {
    scene.close();
  }

  private String large(int members) {
    String ids =
        IntStream.range(0, members)
            .mapToObj(i -> "\"" + scene.user("m" + i) + "\"")
            .collect(Collectors.joining(","));
    return ApiCalls.call(
            first,
            "POST",
            "/api/v1/chats",
            "{\"type\":\"group\",\"memberIds\":[\"%s\",%s]}".formatted(scene.user("alice"), ids))
        .body()
        .get("id")
        .asString();
  }

  private String sent(String chat) {
    return alice.call(message(chat, "like me")).get("id").asString();
  }

  private static long transactions() {
    database.run("select pg_stat_force_next_flush()");
    return database.number(
        "select xact_commit from pg_stat_database where datname = current_database()");
  }

  @Test
  void needAFewTransactionsForACrowd() {
    String chat = large(300);
    String id = sent(chat);
    MessageReactions reactions = first.bean(MessageReactions.class);
    long before = transactions();

    List<Long> counts =
        Flux.range(0, 300)
            .flatMap(i -> reactions.react(scene.user("m" + i), react(id, "ok")), 300)
            .collectList()
            .block(PATIENCE);

    // Statistics are written a second after a transaction at the latest.
    await().atMost(PATIENCE).until(() -> transactions() > before);
    assertThat(counts).doesNotHaveDuplicates().hasSize(300).contains(1L, 300L);
    assertThat(transactions() - before).isLessThan(150);
    assertThat(alice.call(history(chat)).at("/messages/0/reactions").toString())
        .isEqualTo("[{\"reaction\":\"ok\",\"count\":300,\"mine\":false}]");
    assertThat(alice.call(history(chat)).at("/messages/0/rev").asLong()).isEqualTo(301);
  }

  @Test
  void areLoggedAsTheyArePushed() {
    String chat = scene.group(alice, "bob");
    alice.call(join(chat));
    String id = sent(chat);
    alice.call(react(id, "\"quoted\" \\ 👍"));
    alice.call(takeBack(id, "\"quoted\" \\ 👍"));

    for (long rev = 2; rev <= 3; rev++) {
      Received pushed = alice.await("chat:reaction");
      assertThat(pushed.number("rev")).isEqualTo(rev);
      assertThat(
              database.count(
                  "chat_changes where chat_id = '%s' and rev = %d and envelope::jsonb = '%s'::jsonb"
                      .formatted(chat, rev, pushed.raw().replace("'", "''"))))
          .isEqualTo(1);
    }
  }

  /** {@code -Dgateway.reactions.people=1000} is a crowd that a build has no time for. */
  @Test
  void areReadInNoMoreRowsThanThePageShows() {
    int people = Integer.getInteger("gateway.reactions.people", 50);
    String chat = large(1);
    for (int i = 0; i < 50; i++) {
      sent(chat);
    }
    database.run(
        "insert into message_reactions (chat_id, seq, user_id, reaction)"
            + " select '%s', s, 'p' || p, 'r' || r from generate_series(1, 50) s,".formatted(chat)
            + " generate_series(1, %d) p, generate_series(1, 20) r".formatted(people),
        "insert into reaction_counts (chat_id, seq, reaction, count)"
            + " select '%s', s, 'r' || r, %d from generate_series(1, 50) s,".formatted(chat, people)
            + " generate_series(1, 20) r",
        "vacuum analyze message_reactions");
    Database store = first.bean(Database.class);
    MessageRepository messages = first.bean(MessageRepository.class);
    Mono<Integer> page =
        messages
            .messagesBefore(scene.user("alice"), chat, Long.MAX_VALUE, 50)
            .map(found ->
                found.items().stream()
                    .mapToInt(each -> Objects.requireNonNull(each.reactions()).size())
                    .sum());
    Mono<Long> read =
        store
            .sql(
                "select sum(idx_tup_fetch)::bigint as read from pg_stat_xact_user_tables"
                    + " where relname in ('message_reactions', 'reaction_counts')")
            .map(row -> row.number("read"))
            .one();

    assertThat(page.block(PATIENCE)).isEqualTo(50 * 20);
    long asked = System.nanoTime();
    Long rows = store.inTransaction(page.then(read)).block(PATIENCE);
    log.info("A page took {} ms", Duration.ofNanos(System.nanoTime() - asked).toMillis());

    // The statistics may include the first page, if it used the same connection.
    assertThat(rows).isLessThanOrEqualTo(2 * 50 * 20);
  }

  /** Whatever is given and taken back at once, by whom and where: the counts are the rows. */
  @Test
  void areCountedExactly() {
    String chat = large(20);
    List<String> ids = List.of(sent(chat), sent(chat));
    List<MessageReactions> nodes =
        List.of(first.bean(MessageReactions.class), second.bean(MessageReactions.class));
    Random random = new Random(7);
    List<Mono<Long>> changes = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      React command =
          new React(ids.get(random.nextInt(2)), "r" + random.nextInt(4), random.nextInt(3) == 0);
      changes.add(nodes.get(i % 2).react(scene.user("m" + random.nextInt(20)), command));
    }

    Flux.fromIterable(changes).flatMap(change -> change, 64).blockLast(PATIENCE);

    assertThat(
            database.count(
                "(select chat_id, seq, reaction, count(*) from message_reactions group by 1, 2, 3"
                    + " except select chat_id, seq, reaction, count from reaction_counts) t"))
        .isZero();
    assertThat(
            database.count(
                "(select chat_id, seq, reaction, count from reaction_counts"
                    + " except select chat_id, seq, reaction, count(*) from message_reactions"
                    + " group by 1, 2, 3) t"))
        .isZero();
    long last = database.number("select last_rev from chats where id = '" + chat + "'");
    assertThat(database.count("chat_changes where chat_id = '" + chat + "'")).isEqualTo(last - 2);
    assertThat(database.number("select max(rev) from messages where chat_id = '" + chat + "'"))
        .isEqualTo(last);
  }

  @Test
  void areAtMostTwentyKindsWithinAGroupToo() {
    String chat = large(40);
    String id = sent(chat);
    MessageReactions reactions = first.bean(MessageReactions.class);

    List<String> outcomes =
        Flux.range(0, 40)
            .flatMap(i ->
                reactions
                    .react(scene.user("m" + i), react(id, "r" + i % 30))
                    .map(_ -> "done")
                    .onErrorResume(
                        GatewayException.class, refused -> Mono.just(refused.code().wireName())))
            .collectList()
            .block(PATIENCE);

    assertThat(outcomes).isNotNull().contains(ErrorCode.CONFLICT.wireName());
    JsonNode given = alice.call(history(chat)).at("/messages/0/reactions");
    Set<String> kinds = new HashSet<>();
    given.forEach(each -> kinds.add(each.get("reaction").asString()));
    assertThat(kinds).hasSize(20);
  }

  @Test
  void endWithTheirMessage() {
    String chat = scene.group(alice, "bob");
    String id = sent(chat);
    alice.call(react(id, "ok"));
    alice.call(new DeleteMessage(id));

    assertThat(database.count("message_reactions where chat_id = '" + chat + "'")).isZero();
    assertThat(database.count("reaction_counts where chat_id = '" + chat + "'")).isZero();
    assertThat(alice.refusal(react(id, "ok")).code()).isEqualTo("conflict");
    assertThat(alice.refusal(react("nothing", "ok")).code()).isEqualTo("not_found");
    assertThat(scene.onSecond("mallory").refusal(react(id, "ok")).code()).isEqualTo("not_found");
  }
}
