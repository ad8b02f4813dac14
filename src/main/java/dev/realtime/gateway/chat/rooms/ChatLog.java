package dev.realtime.gateway.chat.rooms;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.chat.ChatRows;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.room.Audience;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.Frame.Eviction;
import dev.realtime.gateway.room.Frame.MemberChange;
import dev.realtime.gateway.room.FrameEncoder;
import dev.realtime.gateway.room.RoomLog;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The lasting changes of chats in the order of their rev: new messages from their rows, in their
 * present state; every other change as the bytes that were published, whatever its event is.
 */
@Component
final class ChatLog implements RoomLog {

  /** Revs of a page; every rev is one change, so also changes of a page. */
  private static final int PAGE = 200;

  private static final String POSITIONS = "select id, last_rev from chats where id = any (:ids)";

  private static final String RANGE = "select base_rev, last_rev from chats where id = :chatId";

  private static final String MESSAGES =
      """
      select %s, m.first_rev from messages m
      where m.chat_id = :chatId and m.rev > :after and m.first_rev > :after and m.first_rev <= :upTo
      """
          .formatted(ChatRows.MESSAGE_FOR_PLATFORM);

  private static final String CHANGES =
      """
      select rev, chat_id, member_id, evicts, envelope from chat_changes
      where chat_id = :chatId and rev > :after and rev <= :upTo
      """;

  /** Copies of changes older than a minute are no longer under way. */
  private static final String OWN_CHANGES =
      """
      select a.ord, x.*
      from unnest(:userIds, :chatIds, :revs, :since) with ordinality
        as a (user_id, chat_id, rev, since, ord)
      cross join lateral (
        select c.rev, c.chat_id, c.member_id, c.evicts, c.envelope from chat_changes c
        where c.chat_id = a.chat_id and c.rev > a.rev - 500 and c.rev <= a.rev
          and c.member_id = a.user_id
          and c.changed_at > greatest(
            to_timestamp(a.since / 1000.0), clock_timestamp() - interval '1 minute')) x
      """;

  private static final String UNTIL_REMOVAL =
      """
      select rev, chat_id, member_id, evicts, envelope from chat_changes
      where chat_id = :chatId and rev > :after and member_id = :userId
        and rev <= (
          select min(r.rev) from chat_changes r
          where r.chat_id = :chatId and r.rev > :after and r.evicts = :userId)
      order by rev
      """;

  /** In a storm of joins several share a question; a lone one waits for nothing. */
  private static final Duration REST = Duration.ofMillis(5);

  /** Whose membership of which chat, and the changes of it from when, up to which rev. */
  private record Own(String userId, String chatId, long rev, long since) {}

  private record OwnChange(int index, Frame change) {}

  private final Database database;
  private final FrameEncoder encoder;
  private final Batcher<Own, List<Frame>> ownChanges =
      Batcher.named("own memberships").resting(REST).calling(this::readOwn);

  ChatLog(Database database, FrameEncoder encoder) {
    this.database = database;
    this.encoder = encoder;
  }

  @Override
  public RoomId.Kind kind() {
    return RoomId.Kind.CHAT;
  }

  @Override
  public Mono<Map<RoomId, Long>> positions(Collection<RoomId> rooms) {
    return database
        .sql(POSITIONS)
        .bindColumn("ids", rooms, String.class, RoomId::id)
        .toMap(row -> RoomId.chat(row.text("id")), row -> row.number("last_rev"));
  }

  @Override
  public Flux<Frame> changesAfter(RoomId room, long rev) {
    // Two queries see two states of the chat. Up to the position of before them both see all there
    // is: beyond it one may miss what the other has, and a page must have no hole.
    return range(room.id()).flatMapMany(range -> page(room, rev, range));
  }

  /**
   * Which revs a chat has.
   *
   * @param base where it begins: 0, or above the last rev of the earlier chat of this id
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
    return between(room.id(), rev, Math.min(rev + PAGE, range.last()))
        .sort(Comparator.comparingLong(Frame::rev));
  }

  /**
   * The changes of a user's own membership up to a {@code rev}, ascending, that are so recent that
   * not all of the user's connections may have heard of them.
   *
   * @param since none from before this time
   */
  Mono<List<Frame>> ownChanges(String userId, String chatId, long rev, Instant since) {
    return ownChanges
        .submit(new Own(userId, chatId, rev, since.toEpochMilli()))
        .map(changes -> changes.stream().sorted(Comparator.comparingLong(Frame::rev)).toList());
  }

  /**
   * The changes of a user's own membership after this {@code rev}, up to the first removal; empty
   * if there was no removal.
   */
  Flux<Frame> untilRemoval(String userId, String chatId, long rev) {
    return database
        .sql(UNTIL_REMOVAL)
        .bind("chatId", chatId)
        .bind("after", rev)
        .bind("userId", userId)
        .map(ChatLog::change)
        .all();
  }

  private Mono<List<List<Frame>>> readOwn(List<Own> asked) {
    return database
        .sql(OWN_CHANGES)
        .bindColumn("userIds", asked, String.class, Own::userId)
        .bindColumn("chatIds", asked, String.class, Own::chatId)
        .bindColumn("revs", asked, Long.class, Own::rev)
        .bindColumn("since", asked, Long.class, Own::since)
        .map(row -> new OwnChange(row.integer("ord") - 1, change(row)))
        .all()
        .collectMultimap(OwnChange::index, OwnChange::change)
        .map(found ->
            IntStream.range(0, asked.size())
                .mapToObj(index -> List.copyOf(found.getOrDefault(index, List.of())))
                .toList());
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

  /** A message under the rev it came with: its later changes follow under their own. */
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
