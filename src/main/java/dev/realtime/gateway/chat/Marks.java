package dev.realtime.gateway.chat;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.Event;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.room.Audience;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.store.Database;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * How far each member has received and read: marks that only move forward, written in groups,
 * acknowledged after the commit, pushed at most once per user and chat in half a second.
 */
@Component
public final class Marks {

  /** Chats with more members than this push no marks; {@code chat:receipts} tells. */
  private static final int PUSHED_MEMBERS = 100;

  private static final Duration WINDOW = Duration.ofMillis(500);
  private static final String ADVANCE =
      "select ord, seq, read_seq, delivered_seq, last_seq, members, advanced"
          + " from advance_marks($1, $2, $3, $4)";

  private record Mark(String chatId, String userId, UUID messageId, boolean read) {}

  private record Row(
      int ord,
      @Nullable Long seq,
      @Nullable Long readSeq,
      @Nullable Long deliveredSeq,
      long lastSeq,
      long members,
      boolean advanced) {}

  /** Where a member's marks are now. */
  public record Advanced(long readSeq, long deliveredSeq, long unread) {}

  private record Marker(String chatId, String userId) {}

  private record PushKey(String chatId, String userId, boolean read) {}

  private final Database database;
  private final RoomPublisher publisher;
  private final Conflater<PushKey> pushes = new Conflater<>(WINDOW, Schedulers.parallel());
  private final Batcher<Mark, Row> writer =
      Batcher.named("marks").calling(Marks::marker, this::write);

  Marks(Database database, RoomPublisher publisher) {
    this.database = database;
    this.publisher = publisher;
  }

  /** Two marks of one member must see each other, and a group is one look at what was before it. */
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

  /** Moves a member's read and delivered markers up to a message; fails as {@link #delivered}. */
  public Mono<Advanced> read(String chatId, String userId, String messageId) {
    return advance(chatId, userId, messageId, true);
  }

  private Mono<Advanced> advance(String chatId, String userId, String messageId, boolean read) {
    UUID id = Identifiers.parse(messageId);
    // An id that cannot exist is looked up all the same: whether one may know is decided first.
    Mark mark = new Mark(chatId, userId, id == null ? new UUID(0, 0) : id, read);
    return writer.submit(mark).map(row -> advanced(mark, row));
  }

  private Advanced advanced(Mark mark, Row row) {
    if (row.readSeq() == null && row.deliveredSeq() == null) {
      throw Roster.notAMember();
    }
    if (row.seq() == null) {
      throw GatewayException.of(ErrorCode.NOT_FOUND, "There is no such message in this chat.");
    }
    long readSeq = row.readSeq() == null ? 0 : row.readSeq();
    long deliveredSeq = row.deliveredSeq() == null ? 0 : row.deliveredSeq();
    Advanced now = new Advanced(readSeq, deliveredSeq, row.lastSeq() - readSeq);
    if (row.advanced()) {
      push(mark, row.seq(), now, row);
    }
    return now;
  }

  private void push(Mark mark, long seq, Advanced now, Row row) {
    RoomId room = RoomId.chat(mark.chatId());
    PushKey key = new PushKey(mark.chatId(), mark.userId(), mark.read());
    pushes.submit(
        key,
        () -> {
          if (row.members() <= PUSHED_MEMBERS) {
            publisher.publish(room, event(mark, seq));
          }
          if (mark.read()) {
            publisher.publish(
                RoomId.user(mark.userId()),
                new ChatEvent.UnreadChanged(mark.chatId(), now.unread(), row.lastSeq(), null),
                Audience.outside(room));
          }
        });
  }

  private static Event event(Mark mark, long seq) {
    String messageId = mark.messageId().toString();
    return mark.read()
        ? new ChatEvent.ReadUpTo(mark.chatId(), mark.userId(), messageId, seq)
        : new ChatEvent.DeliveredUpTo(mark.chatId(), mark.userId(), messageId, seq);
  }

  private Mono<List<Row>> write(List<Mark> marks) {
    return database
        .sql(ADVANCE)
        .bind("$1", marks.stream().map(Mark::chatId).toArray(String[]::new))
        .bind("$2", marks.stream().map(Mark::userId).toArray(String[]::new))
        .bind("$3", marks.stream().map(Mark::messageId).toArray(UUID[]::new))
        .bind("$4", marks.stream().map(Mark::read).toArray(Boolean[]::new))
        .map(Marks::row)
        .all()
        .collectMap(Row::ord)
        .map(rows -> inOrder(marks.size(), rows));
  }

  private static Row row(Readable row) {
    Long lastSeq = row.get("last_seq", Long.class);
    return new Row(
        Objects.requireNonNull(row.get("ord", Integer.class)),
        row.get("seq", Long.class),
        row.get("read_seq", Long.class),
        row.get("delivered_seq", Long.class),
        lastSeq == null ? 0 : lastSeq,
        Objects.requireNonNull(row.get("members", Long.class)),
        Boolean.TRUE.equals(row.get("advanced", Boolean.class)));
  }

  private static List<Row> inOrder(int size, Map<Integer, Row> rows) {
    return IntStream.rangeClosed(1, size)
        .mapToObj(ord -> Objects.requireNonNull(rows.get(ord)))
        .toList();
  }
}
