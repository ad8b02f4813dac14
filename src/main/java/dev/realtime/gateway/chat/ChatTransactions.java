package dev.realtime.gateway.chat;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.room.Audience;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.FrameEncoder;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.store.Bulkhead;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Turns;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Makes lasting changes to a chat other than new messages. The chat's row is locked, each change
 * gets a {@code rev}, and its event is recorded in the same transaction and published after the
 * commit.
 */
@Component
public final class ChatTransactions {

  private static final String LOCK =
      "select type, title, last_seq, last_rev from chats where id = :chatId for no key update";

  private static final String RECORD =
      """
      with counted as (
        update chats
        set last_rev = :lastRev, member_count = coalesce(:memberCount, member_count)
        where id = :chatId)
      insert into chat_changes (chat_id, rev, member_id, evicts, envelope)
      select :chatId, c.rev, c.member_id, c.evicts, c.envelope::json
      from unnest(:revs, :memberIds, :evicts, :envelopes) as c (rev, member_id, evicts, envelope)
      """;

  /** The maximum number of changes of one chat that wait for their turn. */
  private static final int WAITING = 1_000;

  private final Database database;
  private final RoomPublisher publisher;
  private final FrameEncoder encoder;
  private final Turns turns;

  ChatTransactions(
      Database database, RoomPublisher publisher, FrameEncoder encoder, Bulkhead rowBulkhead) {
    this.database = database;
    this.publisher = publisher;
    this.encoder = encoder;
    this.turns = new Turns(rowBulkhead, WAITING);
  }

  /** A chat whose row is locked, and the changes made to it so far. */
  public static final class LockedChat {
    private final String id;
    private final ChatType type;
    private final String title;
    private final long lastRev;
    private final List<ChatEvent> changes = new ArrayList<>();
    private @Nullable Integer memberCount;

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

    /** Returns the title; empty for none. */
    String title() {
      return title;
    }

    /** Returns the rev of the next change. */
    public long nextRev() {
      return lastRev + changes.size() + 1;
    }

    /** Records a change, whose rev must be the value of {@link #nextRev()} before this call. */
    public void changed(ChatEvent event) {
      changes.add(event);
    }

    /** Records how many members the chat has now. */
    void membersChanged(int count) {
      memberCount = count;
    }
  }

  /** Runs a change under the chat's lock; empty, with nothing changed, if there is no such chat. */
  public <T> Mono<T> in(String chatId, Function<LockedChat, Mono<T>> change) {
    return lock(chatId)
        .flatMap(chat -> change.apply(chat).delayUntil(_ -> log(chat)))
        .as(work -> inTurn(chatId, database.inTransaction(work)));
  }

  /**
   * Queues work that locks a chat's row behind other such work on this instance, so that the
   * waiting work holds no database connection.
   */
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

  /** Records the changes, and publishes the same bytes after the commit. */
  private Mono<Void> log(LockedChat chat) {
    if (chat.changes.isEmpty()) {
      return Mono.empty();
    }
    RoomId room = RoomId.chat(chat.id);
    List<Frame> frames =
        chat.changes.stream()
            .map(event -> encoder.encode(room, event, Audience.everyone()))
            .toList();
    return record(chat, frames).then(database.afterCommit(() -> publish(room, frames)));
  }

  private Mono<Void> record(LockedChat chat, List<Frame> frames) {
    return database
        .sql(RECORD)
        .bind("chatId", chat.id)
        .bind("lastRev", frames.getLast().rev())
        .bind("memberCount", chat.memberCount, Integer.class)
        .bindColumn("revs", frames, Long.class, Frame::rev)
        .bindColumn("memberIds", frames, String.class, Frame::changedMember)
        .bindColumn("evicts", frames, String.class, Frame::evictedUser)
        .bindColumn("envelopes", frames, String.class, Frame::text)
        .then();
  }

  private void publish(RoomId room, List<Frame> frames) {
    for (Frame frame : frames) {
      String memberId = frame.changedMember();
      if (memberId != null) {
        // All connections of the user receive it; those in the chat's room drop this copy.
        publisher.publish(RoomId.user(memberId), frame.forOwnRoom());
      }
      publisher.publish(room, frame);
    }
  }
}
