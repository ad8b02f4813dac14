package dev.realtime.gateway.chat;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.security.Caller;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.sweeping.Sweeper;
import dev.realtime.gateway.store.sweeping.Sweeping;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Deletes chats. The chat itself is deleted at once; if it has many messages, they are deleted
 * later in batches, and no new chat can have its id until then. The last numbers of a deleted chat
 * are kept forever, and a new chat of the same id continues above them.
 */
@Component
final class DeletedChats implements Sweeping {

  private static final Logger log = LoggerFactory.getLogger(DeletedChats.class);

  private static final Duration PERIOD = Duration.ofSeconds(10);

  /** The maximum number of rows of a table deleted per transaction. */
  private static final int AT_ONCE = 2_000;

  private static final int AT_LEAST = 50;

  /** The time after which a chat whose messages could not be deleted is tried again. */
  private static final Duration PAUSE = Duration.ofMinutes(1);

  private static final String LOCK = "select id from chats where id = :id for update";

  // The numbers have no gaps, so this many from the lowest one on are a range of the primary key.
  private static final String DELETE_MESSAGES =
      """
      delete from messages where chat_id = :id
        and seq < (select min(seq) from messages where chat_id = :id) + :most
      """;

  private static final String REMEMBER =
      """
      insert into deleted_chats (id)
      select :id where exists (select 1 from messages where chat_id = :id)
      """;

  private static final String REMEMBER_NUMBERS =
      """
      insert into past_chats (id, last_seq, last_rev)
      select id, last_seq, last_rev from chats where id = :id
      on conflict (id) do update set last_seq = excluded.last_seq, last_rev = excluded.last_rev
      """;

  private static final String NEXT =
      """
      select id from deleted_chats where due_at <= clock_timestamp()
      order by due_at limit 1 for update skip locked
      """;

  private static final String HOLD =
      "select id from deleted_chats where id = :id for update skip locked";

  private static final String POSTPONE =
      """
      update deleted_chats set due_at = clock_timestamp() + :pause * interval '1 ms' where id = :id
      """;

  private static final String FORGET =
      """
      delete from deleted_chats
      where id = :id and not exists (select 1 from messages where chat_id = :id)
      """;

  private final Database database;
  private final RoomPublisher publisher;
  private volatile int atOnce = AT_ONCE;
  private final Sweeper sweeper = new Sweeper("deleted chats", PERIOD, Mono.defer(this::some));

  DeletedChats(Database database, RoomPublisher publisher) {
    this.database = database;
    this.publisher = publisher;
  }

  /**
   * Deletes a chat; does nothing if there is none. After the commit its members are evicted from
   * its room on all instances.
   */
  Mono<Void> delete(String id, List<String> memberIds) {
    // The lock waits for running appends, so that their messages are deleted too: otherwise those
    // would keep their numbers in a later chat of this id.
    return run(LOCK, id)
        .then(deleteSome(id))
        .then(run(REMEMBER, id))
        .then(run(REMEMBER_NUMBERS, id))
        .then(run("delete from chats where id = :id", id))
        .then(database.afterCommit(sweeper::wake))
        .then(database.afterCommit(() -> dismiss(id, memberIds)))
        .as(database::inTransaction)
        .doOnError(_ -> deleteFewer());
  }

  private void dismiss(String chatId, List<String> memberIds) {
    for (String userId : memberIds) {
      publisher.publish(
          RoomId.user(userId),
          new ChatEvent.MemberChanged(chatId, 0, userId, MemberAction.REMOVE, Caller.PLATFORM));
    }
    publisher.dismiss(RoomId.chat(chatId));
  }

  private Mono<Boolean> some() {
    return database
        .sql(NEXT)
        .map(row -> row.text("id"))
        .one()
        .flatMap(id -> some(id).onErrorResume(failure -> postpone(id, failure)).thenReturn(true));
  }

  /** Deletes some rows of a chat, unless another instance does. */
  private Mono<Void> some(String id) {
    return database
        .sql(HOLD)
        .bind("id", id)
        .map(row -> row.text("id"))
        .one()
        .flatMap(held -> deleteSome(held).then(run(FORGET, held)))
        .as(database::inTransaction)
        .doOnSuccess(_ -> atOnce = Math.min(AT_ONCE, atOnce * 2));
  }

  /** Passes over a chat for a while, so that it does not hold up the others. */
  private Mono<Void> postpone(String id, Throwable failure) {
    deleteFewer();
    log.warn("Could not delete messages of the deleted chat {}: {}", id, failure.toString());
    return database.sql(POSTPONE).bind("id", id).bind("pause", PAUSE.toMillis()).then();
  }

  private void deleteFewer() {
    atOnce = Math.max(AT_LEAST, atOnce / 4);
  }

  /**
   * Deletes some rows of a chat: messages only once no reaction is left, since nothing else would
   * name the chat of a reaction.
   */
  private Mono<Void> deleteSome(String id) {
    int most = atOnce;
    return deleteSome("message_reactions", id, most)
        .filter(rows -> rows < most)
        .flatMap(_ -> deleteSome("reaction_counts", id, most))
        .filter(rows -> rows < most)
        .flatMap(_ -> database.sql(DELETE_MESSAGES).bind("id", id).bind("most", most).rowsUpdated())
        .then();
  }

  private Mono<Long> deleteSome(String table, String id, int most) {
    return database
        .deleteSome(table, "chat_id = :id")
        .bind("id", id)
        .bind("most", most)
        .rowsUpdated();
  }

  private Mono<Void> run(String sql, String id) {
    return database.sql(sql).bind("id", id).then();
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
