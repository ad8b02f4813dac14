package dev.realtime.gateway.chat.rooms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What a client at a position is told of a chat, and what that reads. */
@Timeout(90)
class ChatStatesIT {

  private static final Duration DEADLINE = Duration.ofSeconds(20);

  // The chat "long" has 20,000 messages; 600 old ones have changed since rev 20,000, and so have
  // the last three. An earlier chat had the id "again" up to seq 99 and rev 199.
  private static final List<String> FILL =
      List.of(
          """
          insert into chats (id, type, last_seq, last_rev, base_seq, base_rev, member_count)
          values ('long', 'group', 20000, 20603, 0, 0, 1),
                 ('again', 'group', 103, 206, 100, 200, 1),
                 ('others', 'group', 0, 0, 0, 0, 0)
          """,
          "insert into chat_members (chat_id, user_id) values ('long', 'u'), ('again', 'u')",
          """
          insert into messages (chat_id, seq, id, first_rev, rev, sender_id, temp_id, fingerprint,
                                content, created_at)
          select 'long', n, gen_random_uuid(), n,
                 case when n <= 600 then 20000 + n when n > 19997 then 603 + n else n end,
                 's', n::text, gen_random_uuid(), 'x', now()
          from generate_series(1, 20000) n
          """);

  private static final String READ =
      """
      select idx_tup_fetch + seq_tup_read as read from pg_stat_xact_user_tables
      where relname = 'messages'
      """;

  private static @Nullable TestGateway gateway;

  private final ChatStates states = Objects.requireNonNull(gateway).bean(ChatStates.class);
  private final Database database = Objects.requireNonNull(gateway).bean(Database.class);

  @BeforeAll
  static void fill() {
    gateway = TestGateway.start(Backends.freshDatabase(), Backends.redis());
    Database database = gateway.bean(Database.class);
    // The plan is made while the tables are empty.
    gateway.bean(ChatStates.class).of("u", "long", new Position(1, 1L)).block(DEADLINE);
    Flux.fromIterable(FILL).concatMap(sql -> database.sql(sql).then()).blockLast(DEADLINE);
  }

  @AfterAll
  static void stop() {
    Objects.requireNonNull(gateway).close();
  }

  private ChatStates.Seen seen(String chatId, long seq, @Nullable Long rev) {
    return Objects.requireNonNull(states.of("u", chatId, new Position(seq, rev)).block(DEADLINE));
  }

  private boolean isReplayable(String chatId, long seq, @Nullable Long rev) {
    return seen(chatId, seq, rev).isReplayable();
  }

  @Test
  void replaysUpToTheLimit() {
    assertThat(isReplayable("long", 20_000, 20_603L)).isTrue();
    assertThat(isReplayable("long", 19_500, 20_603L)).isTrue();
    assertThat(isReplayable("long", 19_499, 20_603L)).isFalse();
    assertThat(seen("long", 19_997, 20_100L).changed()).isEqualTo(500);
    assertThat(isReplayable("long", 19_997, 20_100L)).isTrue();
    assertThat(isReplayable("long", 19_997, 20_099L)).isFalse();
  }

  @Test
  void needsNoRev() {
    assertThat(isReplayable("long", 19_500, null)).isTrue();
    assertThat(isReplayable("long", 19_499, null)).isFalse();
  }

  @Test
  void replaysNothingFromDataThatIsLost() {
    assertThat(isReplayable("long", 20_001, null)).isFalse();
    assertThat(isReplayable("long", 20_000, 20_604L)).isFalse();
  }

  @Test
  void replaysNothingFromAnEarlierChatOfTheId() {
    assertThat(isReplayable("again", 101, 202L)).isTrue();
    assertThat(isReplayable("again", 99, 202L)).isFalse();
    assertThat(isReplayable("again", 101, 199L)).isFalse();
  }

  @Test
  void listsTheMembersAtAnyPosition() {
    assertThat(seen("long", 19_997, 20_100L).state().members()).hasSize(1);
    assertThat(seen("long", 19_997, 20_099L).state().members()).as("a snapshot").hasSize(1);
    assertThat(Objects.requireNonNull(states.of("u", "long").block(DEADLINE)).members()).hasSize(1);
  }

  @Test
  void tellsAStrangerNothing() {
    assertThat(states.of("u", "others").blockOptional(DEADLINE)).isEmpty();
    assertThat(states.of("u", "nothing").blockOptional(DEADLINE)).isEmpty();
  }

  /** What was missed is counted only where it decides, and never reads more than the limit. */
  @Test
  void readsNoMessagesWhereAReplayIsOutOfTheQuestion() {
    assertThat(messagesRead(1_000, 1_000L)).isZero();
    assertThat(messagesRead(20_000, 20_603L)).isZero();
    assertThat(messagesRead(19_997, 20_000L)).isLessThan(600);
  }

  private long messagesRead(long seq, long rev) {
    Mono<Long> read = database.sql(READ).map(row -> row.number("read")).one();
    Mono<Long> more =
        read.flatMap(before -> state(seq, rev).then(read).map(after -> after - before));
    return Objects.requireNonNull(database.inTransaction(more).block(DEADLINE));
  }

  private Mono<Long> state(long seq, long rev) {
    return database
        .sql(ChatStates.STATES)
        .bindTexts("userIds", List.of("u"))
        .bindTexts("chatIds", List.of("long"))
        .bindColumn("seqs", List.of(seq), Long.class, value -> value)
        .bindColumn("revs", List.of(rev), Long.class, value -> value)
        .bind("limit", 500)
        .map(row -> row.number("changed"))
        .one();
  }
}
