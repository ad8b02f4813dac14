package dev.realtime.gateway.chat.rooms;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.chat.ChatRows;
import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.room.Audience;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.Frame.Eviction;
import dev.realtime.gateway.room.Frame.MemberChange;
import dev.realtime.gateway.room.FrameEncoder;
import dev.realtime.gateway.room.RoomLog;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Database.Purpose;
import dev.realtime.gateway.store.Row;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The log of the lasting changes of chats, in the order of their rev. New messages come from their
 * rows, in their current state; all other changes are the bytes that were published. Whoever missed
 * more than a replay has is told to read the history instead ({@link SkippedChanges}).
 */
@Component
final class ChatLog implements RoomLog {

  /** Revs per page, and so also changes per page, because each change has a rev of its own. */
  private static final int PAGE = 200;

  /** Rooms per statement. */
  private static final int GROUP = 1_000;

  /** How many rooms may wait for their rev: they all open at once after a deploy. */
  private static final int WAITING = 100_000;

  /** The time a statement waits for more rooms after another; a single room does not wait. */
  private static final Duration REST = Duration.ofMillis(5);

  private static final String POSITIONS = "select id, last_rev from chats where id = any (:ids)";

  private static final String RANGE = "select base_rev, last_rev from chats where id = :chatId";

  private static final String MESSAGES =
      """
      select %s, m.first_rev from messages m
      where m.chat_id = :chatId and m.first_rev > :after and m.first_rev <= :upTo
      order by m.first_rev
      """
          .formatted(ChatRows.MESSAGE_FOR_PLATFORM);

  private static final String CHANGES =
      """
      select rev, chat_id, member_id, evicts, envelope from chat_changes
      where chat_id = :chatId and rev > :after and rev <= :upTo
      """;

  private final Database database;
  private final FrameEncoder encoder;
  private final SkippedChanges skipped;
  private final int most;
  private final Batcher<RoomId, Optional<Long>> positions =
      Batcher.named("positions of chats")
          .groupsOf(GROUP)
          .waiting(WAITING)
          .resting(REST)
          .calling(this::readInOrder);

  ChatLog(
      Database database,
      FrameEncoder encoder,
      SkippedChanges skipped,
      GatewayProperties properties) {
    this.database = database;
    this.encoder = encoder;
    this.skipped = skipped;
    // A page is read whatever the limit, so that no short hole is skipped.
    this.most = Math.max(PAGE, properties.limits().replay());
  }

  @Override
  public RoomId.Kind kind() {
    return RoomId.Kind.CHAT;
  }

  /** Rooms that ask for their own rev at the same time share a statement. */
  @Override
  public Mono<Map<RoomId, Long>> positions(Collection<RoomId> rooms) {
    if (rooms.size() == 1) {
      RoomId room = rooms.iterator().next();
      return positions
          .submit(room)
          .map(found -> found.<Map<RoomId, Long>>map(rev -> Map.of(room, rev)).orElse(Map.of()));
    }
    return read(rooms);
  }

  private Mono<Map<RoomId, Long>> read(Collection<RoomId> rooms) {
    return database
        .sql(POSITIONS)
        .bindColumn("ids", rooms, String.class, RoomId::id)
        .toMap(row -> RoomId.chat(row.text("id")), row -> row.number("last_rev"))
        .as(Purpose.SAFETY_NET::of);
  }

  private Mono<List<Optional<Long>>> readInOrder(List<RoomId> rooms) {
    return read(rooms)
        .map(found -> rooms.stream().map(room -> Optional.ofNullable(found.get(room))).toList());
  }

  @Override
  public Flux<Frame> changesAfter(RoomId room, long rev) {
    // The two queries of a page see different states of the chat. Limit both to the last rev read
    // before them, up to which both see every change; beyond it the page could have a hole.
    return range(room.id()).flatMapMany(range -> page(room, rev, range)).as(Purpose.SAFETY_NET::of);
  }

  @Override
  public boolean skips(Frame frame) {
    return SkippedChanges.isSnapshot(frame);
  }

  /**
   * The range of revs of a chat.
   *
   * @param base the rev at which it begins: 0, or above the last rev of the earlier chat of this id
   */
  private record Range(long base, long last) {}

  private Mono<Range> range(String chatId) {
    return database
        .sql(RANGE)
        .bind("chatId", chatId)
        .map(row -> new Range(row.number("base_rev"), row.number("last_rev")))
        .one();
  }

  private Flux<Frame> page(RoomId room, long rev, Range range) {
    if (rev < range.base()) {
      Frame anew = Frame.eviction(range.base(), Eviction.everyone());
      return Flux.concat(Flux.just(anew), page(room, range.base(), range));
    }
    if (range.last() - rev > most) {
      return skipped.after(room.id(), rev);
    }
    return between(room.id(), rev, Math.min(rev + PAGE, range.last()))
        .sort(Comparator.comparingLong(Frame::rev));
  }

  private Flux<Frame> between(String chatId, long rev, long last) {
    return last <= rev
        ? Flux.empty()
        : Flux.concat(messages(chatId, rev, last), changes(chatId, rev, last));
  }

  private Flux<Frame> messages(String chatId, long rev, long last) {
    return database
        .sql(MESSAGES)
        .bind("chatId", chatId)
        .bind("after", rev)
        .bind("upTo", last)
        .map(this::arrived)
        .all();
  }

  /**
   * Returns a message under the rev of its creation; its later changes follow under their own revs.
   */
  private Frame arrived(Row row) {
    Message message = ChatRows.message(row).withRev(row.number("first_rev"));
    return encoder.encode(RoomId.chat(message.chatId()), message, Audience.everyone());
  }

  private Flux<Frame> changes(String chatId, long rev, long last) {
    return database
        .sql(CHANGES)
        .bind("chatId", chatId)
        .bind("after", rev)
        .bind("upTo", last)
        .map(ChatLog::change)
        .all();
  }

  /** Builds a frame from {@code rev, chat_id, member_id, evicts, envelope} of a change. */
  static Frame change(Row row) {
    long rev = row.number("rev");
    String memberId = row.optionalText("member_id");
    MemberChange change =
        memberId == null ? null : new MemberChange(RoomId.chat(row.text("chat_id")), rev, memberId);
    return Frame.logged(rev, row.optionalText("evicts"), change, row.jsonBytes("envelope"));
  }
}
