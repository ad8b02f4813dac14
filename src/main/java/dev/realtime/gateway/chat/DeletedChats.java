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
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Deletes chats. The chat itself is deleted at once; if it has many messages, they are deleted
 * later in batches, and no new chat can have its id until then. The last numbers of a deleted chat
 * are kept forever, and a new chat of the same id continues above them.
 */
@Component
final class DeletedChats implements Sweeping {

  private static final Duration PERIOD = Duration.ofSeconds(10);

  /** Messages deleted per transaction. */
  private static final int AT_ONCE = 2_000;

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
      "select id from deleted_chats order by deleted_at limit 1 for update skip locked";

  private static final String FORGET =
      """
      delete from deleted_chats
      where id = :id and not exists (select 1 from messages where chat_id = :id)
      """;

  private final Database database;
  private final RoomPublisher publisher;
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
        .then(deleteMessages(id))
        .then(run(REMEMBER, id))
        .then(run(REMEMBER_NUMBERS, id))
        .then(run("delete from chats where id = :id", id))
        .then(database.afterCommit(sweeper::wake))
        .then(database.afterCommit(() -> dismiss(id, memberIds)))
        .as(database::inTransaction);
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
        .flatMap(id -> deleteMessages(id).then(run(FORGET, id)).thenReturn(true))
        .as(database::inTransaction);
  }

  private Mono<Void> deleteMessages(String id) {
    return database.sql(DELETE_MESSAGES).bind("id", id).bind("most", AT_ONCE).then();
  }

  private Mono<Void> run(String sql, String id) {
    return database.sql(sql).bind("id", id).then();
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
