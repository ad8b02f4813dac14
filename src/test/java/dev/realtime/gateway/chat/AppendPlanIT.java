package dev.realtime.gateway.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/** PostgreSQL keeps the plan of a function that was first called while the tables were empty. */
class AppendPlanIT {

  private static final String FILL =
      """
      insert into messages (chat_id, seq, id, first_rev, rev, sender_id, temp_id, fingerprint,
                            content, created_at)
      select 'c', n, gen_random_uuid(), n, n, 's', n::text, gen_random_uuid(), 'x', now()
      from generate_series(10, 5000) n
      """;

  private static final String COUNT =
      "update chats set last_seq = 5000, last_rev = 5000 where id = 'c'";

  // Of this transaction only: nobody else's reads count.
  private static final String READ =
      "select idx_tup_fetch as read from pg_stat_xact_user_tables where relname = 'messages'";

  @AutoClose
  private final TestGateway gateway = TestGateway.start(Backends.freshDatabase(), Backends.redis());

  private final Database database = gateway.bean(Database.class);

  @ParameterizedTest
  @ValueSource(
      strings = {
        """
        select ord from append_messages(array['c'], array[gen_random_uuid()], array['s'],
          array[gen_random_uuid()::text], array[gen_random_uuid()], array['x'],
          array[null::text], array[true], null, true)
        """,
        """
        select ord from advance_marks(array['c'], array['s'], array[gen_random_uuid()], array[true],
          true)
        """,
        """
        select ord from change_reactions(
          array[coalesce((select id from messages where chat_id = 'c' and seq = 2000),
                         gen_random_uuid())],
          array['s'], array['ok'], array[true], 20, true)
        """
      })
  void aPlanFromAnEmptyTableReadsNoneOfTheMessagesThatCameLater(String call) {
    Mono<Long> read =
        run("insert into chats (id, type) values ('c', 'group')")
            .then(run("insert into chat_members (chat_id, user_id) values ('c', 's')"))
            .then(ask(call))
            .then(run(FILL))
            .then(run(COUNT))
            .then(ask(call))
            .then(Mono.defer(() -> database.sql(READ).map(row -> row.number("read")).one()));

    assertThat(database.inTransaction(read).block(Duration.ofSeconds(20))).isLessThan(20);
  }

  private Mono<Void> run(String sql) {
    return database.sql(sql).then();
  }

  private Mono<Void> ask(String call) {
    return database.sql(call).map(row -> row.number("ord")).all().then();
  }
}
