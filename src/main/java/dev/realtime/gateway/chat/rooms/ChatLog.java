package dev.realtime.gateway.chat.rooms;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.chat.ChatRows;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.Event;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.room.Audience;
import dev.realtime.gateway.room.Eviction;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.FrameEncoder;
import dev.realtime.gateway.room.RoomLog;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Row;
import io.r2dbc.postgresql.codec.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The lasting changes of chats in the order of their rev: new messages from their rows, in their
 * present state, everything else as it was published.
 */
@Component
final class ChatLog implements RoomLog {

  /** Revs of a page; every rev is one change, so also changes of a page. */
  private static final int PAGE = 200;

  private static final String POSITIONS = "select id, last_rev from chats where id = any ($1)";

  private static final String RANGE = "select base_rev, last_rev from chats where id = $1";

  private static final String MESSAGES =
      "select "
          + ChatRows.MESSAGE_FOR_PLATFORM
          + ", m.first_rev from messages m where m.chat_id = :chatId"
          + " and m.rev > :after and m.first_rev > :after and m.first_rev <= :upTo";

  private static final String CHANGES =
      "select rev, event, data from chat_changes where chat_id = $1 and rev > $2 and rev <= $3";

  /** How far back one looks for changes whose copies may still be under way. */
  private static final String OWN_CHANGES =
      """
      select a.ord, x.rev, x.event, x.data
      from unnest($1, $2, $3, $4) with ordinality as a (user_id, chat_id, rev, since, ord)
      cross join lateral (
        select c.rev, c.event, c.data from chat_changes c
        where c.chat_id = a.chat_id and c.rev > a.rev - 500 and c.rev <= a.rev
          and c.event = 'chat:member' and c.data ->> 'userId' = a.user_id
          and c.changed_at > greatest(
            to_timestamp(a.since / 1000.0), clock_timestamp() - interval '1 minute')) x
      """;

  private static final String UNTIL_REMOVAL =
      """
      select rev, event, data from chat_changes
      where chat_id = $1 and rev > $2 and event = 'chat:member' and data ->> 'userId' = $3
        and rev <= (
          select min(r.rev) from chat_changes r
          where r.chat_id = $1 and r.rev > $2 and r.event = 'chat:member'
            and r.data ->> 'userId' = $3 and r.data ->> 'action' = 'remove')
      order by rev
      """;

  /** In a storm of joins several share a question; a lone one waits for nothing. */
  private static final Duration REST = Duration.ofMillis(5);

  private record Change(long rev, ChatEvent event) {}

  /** Whose membership of which chat, and the changes of it from when, up to which rev. */
  private record Own(String userId, String chatId, long rev, long since) {}

  private record OwnChange(int index, Change change) {}

  private final Database database;
  private final EnvelopeCodec codec;
  private final FrameEncoder encoder;
  private final Batcher<Own, List<Change>> ownChanges =
      Batcher.named("own memberships").resting(REST).calling(this::readOwn);

  ChatLog(Database database, EnvelopeCodec codec, FrameEncoder encoder) {
    this.database = database;
    this.codec = codec;
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
        .bind("$1", rooms.stream().map(RoomId::id).toArray(String[]::new))
        .map(row -> Map.entry(RoomId.chat(row.text("id")), row.number("last_rev")))
        .all()
        .collectMap(Map.Entry::getKey, Map.Entry::getValue);
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
        .bind("$1", chatId)
        .map(row -> new Range(row.number("base_rev"), row.number("last_rev")))
        .one();
  }

  private Flux<Frame> page(RoomId room, long rev, Range range) {
    if (rev < range.base()) {
      Frame anew = Frame.eviction(range.base(), Eviction.everyone());
      return Flux.concat(Flux.just(anew), page(room, range.base(), range));
    }
    return between(room.id(), rev, Math.min(rev + PAGE, range.last()))
        .sort(Comparator.comparingLong(Change::rev))
        .map(change -> encoder.encode(room, change.event(), Audience.everyone()));
  }

  /**
   * The changes of a user's own membership up to a {@code rev}, ascending, that are so recent that
   * not all of the user's connections may have heard of them.
   *
   * @param since none from before this time
   */
  Mono<List<Frame>> ownChanges(String userId, String chatId, long rev, Instant since) {
    RoomId room = RoomId.chat(chatId);
    return ownChanges
        .submit(new Own(userId, chatId, rev, since.toEpochMilli()))
        .map(changes ->
            changes.stream()
                .sorted(Comparator.comparingLong(Change::rev))
                .map(change -> encoder.encode(room, change.event(), Audience.everyone()))
                .toList());
  }

  /**
   * The changes of a user's own membership after this {@code rev}, up to the first removal; empty
   * if there was no removal.
   */
  Flux<Frame> untilRemoval(String userId, String chatId, long rev) {
    return database
        .sql(UNTIL_REMOVAL)
        .bind("$1", chatId)
        .bind("$2", rev)
        .bind("$3", userId)
        .map(this::change)
        .all()
        .map(change -> encoder.encode(RoomId.chat(chatId), change.event(), Audience.everyone()));
  }

  private Mono<List<List<Change>>> readOwn(List<Own> asked) {
    return database
        .sql(OWN_CHANGES)
        .bind("$1", asked.stream().map(Own::userId).toArray(String[]::new))
        .bind("$2", asked.stream().map(Own::chatId).toArray(String[]::new))
        .bind("$3", asked.stream().map(Own::rev).toArray(Long[]::new))
        .bind("$4", asked.stream().map(Own::since).toArray(Long[]::new))
        .map(row -> new OwnChange((int) row.number("ord") - 1, change(row)))
        .all()
        .collectMultimap(OwnChange::index, OwnChange::change)
        .map(found ->
            IntStream.range(0, asked.size())
                .mapToObj(index -> List.copyOf(found.getOrDefault(index, List.of())))
                .toList());
  }

  private Flux<Change> between(String chatId, long rev, long last) {
    return last <= rev
        ? Flux.empty()
        : Flux.concat(messages(chatId, rev, last), changes(chatId, rev, last));
  }

  private Flux<Change> messages(String chatId, long rev, long last) {
    return database
        .sql(MESSAGES)
        .bind("chatId", chatId)
        .bind("after", rev)
        .bind("upTo", last)
        .map(this::arrived)
        .all();
  }

  /** A message under the rev it came with: its later changes follow under their own. */
  private Change arrived(Row row) {
    Message message = ChatRows.message(row);
    long firstRev = row.number("first_rev");
    return new Change(firstRev, message.withRev(firstRev));
  }

  private Flux<Change> changes(String chatId, long rev, long last) {
    return database
        .sql(CHANGES)
        .bind("$1", chatId)
        .bind("$2", rev)
        .bind("$3", last)
        .map(this::change)
        .all();
  }

  private Change change(Row row) {
    String json = Objects.requireNonNull(row.get("data", Json.class)).asString();
    Event event = codec.decodeEvent(row.text("event"), codec.readTree(json));
    return new Change(row.number("rev"), (ChatEvent) event);
  }
}
