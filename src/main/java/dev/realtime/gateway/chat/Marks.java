package dev.realtime.gateway.chat;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.Event;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.store.Bulkhead;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Failures;
import dev.realtime.gateway.store.HeldRows;
import dev.realtime.gateway.store.Row;
import dev.realtime.gateway.work.Conflater;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Stores how far each member has received and read a chat. The markers only move forward; they are
 * written in groups, acknowledged after the commit, and pushed at most once per user and chat in
 * half a second.
 */
@Component
public final class Marks {

  /**
   * The maximum number of members of a chat whose markers are pushed; in larger chats clients
   * request {@code chat:receipts}.
   */
  private static final int PUSHED_MEMBERS = 100;

  private static final Duration WINDOW = Duration.ofMillis(500);
  private static final int GROUP = 256;
  private static final String ADVANCE =
      """
      select ord, seq, read_seq, delivered_seq, last_seq, members, advanced, held
      from advance_marks(:chats, :users, :messages, :read, :wait)
      """;

  private record Mark(String chatId, String userId, UUID messageId, boolean read) {}

  /**
   * The result of {@code advance_marks} for one marker.
   *
   * @param held whether another transaction holds the member's row, so that nothing was done
   */
  private record Moved(
      @Nullable Long seq,
      @Nullable Long readSeq,
      @Nullable Long deliveredSeq,
      long lastSeq,
      long members,
      boolean advanced,
      boolean held) {}

  /** The current markers of a member. */
  public record Advanced(long readSeq, long deliveredSeq, long unread) {}

  private record Marker(String chatId, String userId) {}

  private record PushKey(String chatId, String userId, boolean read) {}

  private final Database database;
  private final RoomPublisher publisher;
  private final UnreadBroadcasts unread;
  private final Conflater<PushKey> pushes = new Conflater<>(WINDOW, Schedulers.parallel());
  private final Batcher<Mark, Moved> writer =
      Batcher.named("marks").groupsOf(GROUP).calling(Marks::marker, marks -> write(marks, false));
  private final HeldRows<Mark, Moved> held;

  Marks(Database database, RoomPublisher publisher, UnreadBroadcasts unread, Bulkhead rowBulkhead) {
    this.database = database;
    this.publisher = publisher;
    this.unread = unread;
    this.held = new HeldRows<>(rowBulkhead, GROUP, Marks::marker, marks -> write(marks, true));
  }

  /**
   * Returns the key of a marker. A group sees only the state before its statement, so two markers
   * of one member must not share a group.
   */
  private static Marker marker(Mark mark) {
    return new Marker(mark.chatId(), mark.userId());
  }

  /**
   * Moves a member's delivered marker up to a message.
   *
   * <p>Fails with {@code forbidden} (not a member, or no such chat) or {@code not_found} (no such
   * message in the chat).
   */
  public Mono<Advanced> delivered(String chatId, String userId, String messageId) {
    return advance(chatId, userId, messageId, false);
  }

  /** Moves a member's read and delivered markers up to a message; fails like {@link #delivered}. */
  public Mono<Advanced> read(String chatId, String userId, String messageId) {
    return advance(chatId, userId, messageId, true);
  }

  private Mono<Advanced> advance(String chatId, String userId, String messageId, boolean read) {
    UUID id = Identifiers.parse(messageId);
    // An invalid id is looked up like any other, because the membership check must come first.
    Mark mark = new Mark(chatId, userId, id == null ? new UUID(0, 0) : id, read);
    return writer
        .submit(mark)
        .flatMap(moved -> moved.held() ? held.submit(chatId, mark) : Mono.just(moved))
        .map(moved -> advanced(mark, moved));
  }

  private Advanced advanced(Mark mark, Moved moved) {
    if (moved.held()) {
      throw Failures.unavailable();
    }
    if (moved.readSeq() == null && moved.deliveredSeq() == null) {
      throw Roster.notAMember();
    }
    if (moved.seq() == null) {
      throw GatewayException.of(ErrorCode.NOT_FOUND, "There is no such message in this chat.");
    }
    long readSeq = moved.readSeq() == null ? 0 : moved.readSeq();
    long deliveredSeq = moved.deliveredSeq() == null ? 0 : moved.deliveredSeq();
    Advanced now = new Advanced(readSeq, deliveredSeq, moved.lastSeq() - readSeq);
    if (moved.advanced()) {
      push(mark, moved.seq(), now, moved);
    }
    return now;
  }

  private void push(Mark mark, long seq, Advanced now, Moved moved) {
    RoomId room = RoomId.chat(mark.chatId());
    PushKey key = new PushKey(mark.chatId(), mark.userId(), mark.read());
    pushes.submit(
        key,
        () -> {
          if (moved.members() <= PUSHED_MEMBERS) {
            publisher.publish(room, event(mark, seq));
          }
          if (mark.read()) {
            unread.read(mark.userId(), counts(mark, now, moved));
          }
        });
  }

  /**
   * Returns what the reader's other devices are told; in large chats the room tells them nothing.
   */
  private static UnreadCounts counts(Mark mark, Advanced now, Moved moved) {
    return new UnreadCounts(
        mark.chatId(),
        moved.lastSeq(),
        null,
        Map.of(mark.userId(), now.unread()),
        moved.members() > PUSHED_MEMBERS);
  }

  private static Event event(Mark mark, long seq) {
    String messageId = mark.messageId().toString();
    return mark.read()
        ? new ChatEvent.ReadUpTo(mark.chatId(), mark.userId(), messageId, seq)
        : new ChatEvent.DeliveredUpTo(mark.chatId(), mark.userId(), messageId, seq);
  }

  private Mono<List<Moved>> write(List<Mark> marks, boolean wait) {
    return database
        .sql(ADVANCE)
        .bindColumn("chats", marks, String.class, Mark::chatId)
        .bindColumn("users", marks, String.class, Mark::userId)
        .bindColumn("messages", marks, UUID.class, Mark::messageId)
        .bindColumn("read", marks, Boolean.class, Mark::read)
        .bind("wait", wait)
        .map(Marks::moved)
        .inOrder(marks.size());
  }

  private static Moved moved(Row row) {
    Long lastSeq = row.optionalNumber("last_seq");
    return new Moved(
        row.optionalNumber("seq"),
        row.optionalNumber("read_seq"),
        row.optionalNumber("delivered_seq"),
        lastSeq == null ? 0 : lastSeq,
        row.number("members"),
        row.flag("advanced"),
        row.flag("held"));
  }
}
