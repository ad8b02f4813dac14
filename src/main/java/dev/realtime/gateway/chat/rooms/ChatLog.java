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
 * The log of the lasting changes of chats, in the order of their rev. New messages come from their
 * rows, in their current state; all other changes are the bytes that were published.
 */
@Component
final class ChatLog implements RoomLog {

  /** Revs per page, and so also changes per page, because each change has a rev of its own. */
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

  /** Selects changes of the last minute only: no copies of older ones are still on their way. */
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

  /**
   * The time a query waits for more joins to share it after another query; a single join does not
   * wait.
   */
  private static final Duration REST = Duration.ofMillis(5);

  /** A request for the changes of a user's membership in a chat, since a time and up to a rev. */
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
    // The two queries of a page see different states of the chat. Limit both to the last rev read
    // before them, up to which both see every change; beyond it the page could have a hole.
    return range(room.id()).flatMapMany(range -> page(room, rev, range));
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
    return between(room.id(), rev, Math.min(rev + PAGE, range.last()))
        .sort(Comparator.comparingLong(Frame::rev));
  }

  /**
   * Returns the changes of a user's own membership up to a {@code rev}, ascending, that are so
   * recent that some of the user's connections may not have received them yet.
   *
   * @param since the time before which changes are left out
   */
  Mono<List<Frame>> ownChanges(String userId, String chatId, long rev, Instant since) {
    return ownChanges
        .submit(new Own(userId, chatId, rev, since.toEpochMilli()))
        .map(changes -> changes.stream().sorted(Comparator.comparingLong(Frame::rev)).toList());
  }

  /**
   * Returns the changes of a user's own membership after this {@code rev}, up to the first removal;
   * empty if there was no removal.
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
