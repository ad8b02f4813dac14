package dev.realtime.gateway.chat;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.store.Bulkhead;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Turns;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Makes lasting changes to a chat other than new messages: under the lock of the chat's row, each
 * with its {@code rev} and its event recorded in the same transaction, published after the commit.
 */
@Component
public final class ChatTransactions {

  private static final String LOCK =
      "select type, title, last_seq, last_rev from chats where id = :chatId for no key update";

  private static final String RECORD =
      """
      with counted as (update chats set last_rev = :lastRev where id = :chatId)
      insert into chat_changes (chat_id, rev, event, data)
      select :chatId, c.rev, c.event, c.data::jsonb
      from unnest(:revs, :events, :data) as c (rev, event, data)
      """;

  /** Changes of one chat that wait for those before them. */
  private static final int WAITING = 1_000;

  private final Database database;
  private final RoomPublisher publisher;
  private final EnvelopeCodec codec;
  private final Turns turns;

  ChatTransactions(
      Database database, RoomPublisher publisher, EnvelopeCodec codec, Bulkhead rowBulkhead) {
    this.database = database;
    this.publisher = publisher;
    this.codec = codec;
    this.turns = new Turns(rowBulkhead, WAITING);
  }

  /** A chat while its row is locked, and the changes made to it so far. */
  public static final class LockedChat {
    private final String id;
    private final ChatType type;
    private final String title;
    private final long lastRev;
    private final List<ChatEvent> changes = new ArrayList<>();

    private LockedChat(String id, ChatType type, String title, long lastRev) {
      this.id = id;
      this.type = type;
      this.title = title;
      this.lastRev = lastRev;
    }

    public String id() {
      return id;
    }

    ChatType type() {
      return type;
    }

    boolean isDirect() {
      return type == ChatType.DIRECT;
    }

    /** The title; empty for none. */
    String title() {
      return title;
    }

    /** The rev of the next change. */
    public long nextRev() {
      return lastRev + changes.size() + 1;
    }

    /** Records a change; its rev is {@link #nextRev()} of before. */
    public void changed(ChatEvent event) {
      changes.add(event);
    }
  }

  /** Runs a change; empty, with nothing changed, if there is no such chat. */
  public <T> Mono<T> in(String chatId, Function<LockedChat, Mono<T>> change) {
    return lock(chatId)
        .flatMap(chat ->
            change
                .apply(chat)
                .delayUntil(_ -> record(chat))
                .delayUntil(_ -> database.afterCommit(() -> publish(chatId, chat.changes))))
        .as(work -> inTurn(chatId, database.inTransaction(work)));
  }

  /** Has what locks a chat's row wait for the others here, where it takes no connection. */
  <T> Mono<T> inTurn(String chatId, Mono<T> work) {
    return turns.take(chatId, work);
  }

  private Mono<LockedChat> lock(String chatId) {
    return database
        .sql(LOCK)
        .bind("chatId", chatId)
        .map(row -> {
          String title = row.optionalText("title");
          return new LockedChat(
              chatId,
              ChatType.of(row.text("type")),
              title == null ? "" : title,
              row.number("last_rev"));
        })
        .one();
  }

  private Mono<Void> record(LockedChat chat) {
    List<ChatEvent> changes = chat.changes;
    if (changes.isEmpty()) {
      return Mono.empty();
    }
    long first = chat.lastRev + 1;
    return database
        .sql(RECORD)
        .bind("chatId", chat.id)
        .bind("lastRev", chat.lastRev + changes.size())
        .bind("revs", LongStream.range(first, first + changes.size()).boxed().toArray(Long[]::new))
        .bind("events", changes.stream().map(codec::nameOf).toArray(String[]::new))
        .bind("data", changes.stream().map(codec::writeData).toArray(String[]::new))
        .then();
  }

  private void publish(String chatId, List<ChatEvent> events) {
    RoomId room = RoomId.chat(chatId);
    for (ChatEvent event : events) {
      if (event instanceof ChatEvent.MemberChanged change) {
        // To all connections of the person. Those in the room drop it for the room's own.
        publisher.publish(RoomId.user(change.userId()), change);
      }
      publisher.publish(room, event);
    }
  }
}
