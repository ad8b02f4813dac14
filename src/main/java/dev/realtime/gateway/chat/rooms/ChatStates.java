package dev.realtime.gateway.chat.rooms;

import dev.realtime.gateway.chat.ChatRows;
import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.ChatState;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Row;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Reads chats as their members see them, and what each client missed of them. The joins and resumes
 * of all connections share their statements.
 */
@Component
final class ChatStates {

  // The statement decides itself whether a replay is possible, because it counts changes only where
  // that is still open. The part of a chat that is the same for all members is read once, however
  // many of them ask; it includes the members, whose markers may have moved whatever the client's
  // position. The sum in the condition on seq keeps the plan on the index of the changed messages,
  // since another index would read the whole history below seq.
  static final String STATES =
      """
      with asked as materialized (
        select u.* from unnest(:userIds, :chatIds, :seqs, :revs) with ordinality
          as u (user_id, chat_id, seq, rev, ord)),
      counted as materialized (
        select a.ord, a.chat_id, me.read_seq, n.near,
               case when n.near and a.rev < c.last_rev then (
                 select count(*) from (
                   select 1 from messages m
                   where m.chat_id = a.chat_id and m.rev > a.rev and m.rev <> m.first_rev
                     and m.seq + 0 <= a.seq
                   limit :limit + 1) x) else 0 end as changed
        from asked a
        join chat_members me on me.chat_id = a.chat_id and me.user_id = a.user_id
        join chats c on c.id = a.chat_id
        cross join lateral (
          select a.seq between greatest(c.base_seq, c.last_seq - :limit) and c.last_seq
                 and (a.rev is null or a.rev between c.base_rev and c.last_rev) as near) n),
      seen as materialized (
        select s.ord, s.chat_id, s.read_seq, s.changed,
               coalesce(s.near and s.changed <= :limit, false) as replayable
        from counted s),
      c as materialized (
        select c.*, s.ords, s.read_seqs, s.replayables, s.changes,
               case when c.member_count <= %d then (
          select json_agg(json_build_object('userId', x.user_id, 'role', x.role,
                          'readSeq', x.read_seq, 'deliveredSeq', x.delivered_seq)
                          order by x.joined_at, x.user_id)
          from chat_members x where x.chat_id = c.id) end as members
        from (
          select s.chat_id, array_agg(s.ord) as ords, array_agg(s.read_seq) as read_seqs,
                 array_agg(s.replayable) as replayables, array_agg(s.changed) as changes
          from seen s group by s.chat_id) s
        join chats c on c.id = s.chat_id)
      select s.ord, c.id as chat, c.type, c.title, c.encryption, c.last_seq, c.last_rev,
             s.read_seq, c.member_count, s.replayable, s.changed, c.members
      from c
      cross join unnest(c.ords, c.read_seqs, c.replayables, c.changes)
        as s (ord, read_seq, replayable, changed)
      """
          .formatted(ChatRows.LISTED_MEMBERS);

  /** How many requests may wait: a thousand clients, each with a hundred chats. */
  private static final int WAITING = 100_000;

  /** The time a statement waits for more requests after another; a single join does not wait. */
  private static final Duration REST = Duration.ofMillis(5);

  /**
   * A chat as a user sees it.
   *
   * @param isReplayable whether a replay can bring the client from its position to the state; false
   *     without a position. It cannot where the client missed too much, from a position past the
   *     end, which belongs to lost data, nor from a position in a deleted chat of this id
   * @param changed how many messages up to the position's {@code seq} changed after its {@code rev}
   */
  record Seen(ChatState state, boolean isReplayable, long changed) {}

  private record Asked(String userId, String chatId, @Nullable Position from) {

    @Nullable Long seq() {
      return from == null ? null : from.seq();
    }

    @Nullable Long rev() {
      return from == null ? null : from.rev();
    }
  }

  private final Database database;
  private final int replayLimit;
  private final Batcher<Asked, Optional<Seen>> states =
      Batcher.named("chat states").waiting(WAITING).resting(REST).calling(this::read);

  ChatStates(Database database, GatewayProperties properties) {
    this.database = database;
    this.replayLimit = properties.limits().replay();
  }

  /**
   * Returns a chat as the user sees it; empty if the user is not a member or there is no such chat.
   */
  Mono<ChatState> of(String userId, String chatId) {
    return of(userId, chatId, null).map(Seen::state);
  }

  /** Returns a chat as a client at a position sees it; see {@link #of(String, String)}. */
  Mono<Seen> of(String userId, String chatId, @Nullable Position from) {
    return states.submit(new Asked(userId, chatId, from)).flatMap(Mono::justOrEmpty);
  }

  /**
   * Returns several chats as a client at these positions sees them, by id; chats of which the user
   * is not a member are missing.
   *
   * @param valid whether the positions belong to the present data
   */
  Mono<Map<String, Seen>> of(String userId, Map<String, Position> positions, boolean valid) {
    return Flux.fromIterable(positions.entrySet())
        .flatMap(
            entry -> of(userId, entry.getKey(), valid ? entry.getValue() : null),
            Math.max(1, positions.size()))
        .collectMap(seen -> seen.state().chatId());
  }

  private Mono<List<Optional<Seen>>> read(List<Asked> asked) {
    return database
        .sql(STATES)
        .bindColumn("userIds", asked, String.class, Asked::userId)
        .bindColumn("chatIds", asked, String.class, Asked::chatId)
        .bindColumn("seqs", asked, Long.class, Asked::seq)
        .bindColumn("revs", asked, Long.class, Asked::rev)
        .bind("limit", replayLimit)
        .<Integer, Seen>toMap(row -> row.integer("ord"), ChatStates::seen)
        .map(found ->
            IntStream.rangeClosed(1, asked.size())
                .mapToObj(ord -> Optional.ofNullable(found.get(ord)))
                .toList());
  }

  private static Seen seen(Row row) {
    return new Seen(ChatRows.chat(row), row.flag("replayable"), row.number("changed"));
  }
}
