package dev.realtime.gateway.chat.rooms;

import dev.realtime.gateway.chat.ChatRows;
import dev.realtime.gateway.protocol.ChatState;
import dev.realtime.gateway.protocol.Delivery;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.Frame.Eviction;
import dev.realtime.gateway.room.FrameEncoder;
import dev.realtime.gateway.store.Database;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Takes the place of more changes than a replay may have, as after an import into a chat that is
 * open: one {@code chat:joined} with the present state and the outcome {@code snapshot}. Removals
 * are not skipped, so that whoever was removed leaves the room; but nobody is told of them, since
 * their revs would tell a client that it has the changes before.
 */
@Component
final class SkippedChanges {

  /** More removals than this end in the removal of everyone, who must resume. */
  private static final int REMOVALS = 1_000;

  private static final String STATE =
      """
      select c.id as chat, c.type, c.title, c.encryption, c.last_seq, c.last_rev, c.member_count,
             c.last_seq as read_seq,
             case when c.member_count <= %d then (
               select json_agg(json_build_object('userId', x.user_id, 'role', x.role,
                               'readSeq', x.read_seq, 'deliveredSeq', x.delivered_seq)
                               order by x.joined_at, x.user_id)
               from chat_members x where x.chat_id = c.id) end as members
      from chats c where c.id = :chatId
      """
          .formatted(ChatRows.LISTED_MEMBERS);

  private static final String REMOVED =
      """
      select rev, evicts from chat_changes
      where chat_id = :chatId and rev > :after and rev <= :upTo and evicts is not null
      order by rev limit :most
      """;

  private final Database database;
  private final FrameEncoder encoder;

  SkippedChanges(Database database, FrameEncoder encoder) {
    this.database = database;
    this.encoder = encoder;
  }

  /** Returns what takes the place of all changes after a rev: removals, then the snapshot. */
  Flux<Frame> after(String chatId, long rev) {
    return state(chatId)
        .flatMapMany(state ->
            removals(chatId, rev, last(state)).flatMapIterable(removals -> page(state, removals)));
  }

  private Mono<ChatState> state(String chatId) {
    return database.sql(STATE).bind("chatId", chatId).map(ChatRows::chat).one();
  }

  private static long last(ChatState state) {
    return state.lastRev() == null ? 0 : state.lastRev();
  }

  private Mono<List<Frame>> removals(String chatId, long rev, long last) {
    return database
        .sql(REMOVED)
        .bind("chatId", chatId)
        .bind("after", rev)
        .bind("upTo", last)
        .bind("most", REMOVALS + 1)
        .map(row -> Frame.eviction(row.number("rev"), Eviction.of(row.text("evicts"))))
        .list();
  }

  private List<Frame> page(ChatState state, List<Frame> removals) {
    long last = last(state);
    if (removals.size() > REMOVALS) {
      return List.of(Frame.eviction(last, Eviction.everyone()));
    }
    return Stream.concat(removals.stream(), Stream.of(snapshot(state))).toList();
  }

  private Frame snapshot(ChatState state) {
    return encoder.encode(state.snapshot(), Delivery.durable(last(state)));
  }

  /** Returns whether a frame of the log takes the place of all changes before it. */
  static boolean isSnapshot(Frame frame) {
    return frame.isEvent("chat:joined");
  }
}
