package dev.realtime.gateway.chat.rooms;

import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.store.Database;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Reads from the logs of chats what changed a user's own membership; the connections that enter
 * rooms at the same time share their statements.
 */
@Component
final class OwnMemberships {

  /** Selects changes of the last minute only: no copies of older ones are still on their way. */
  private static final String RECENT =
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
      select a.ord, x.*
      from unnest(:userIds, :chatIds, :revs) with ordinality as a (user_id, chat_id, rev, ord)
      cross join lateral (
        select min(r.rev) as rev from chat_changes r
        where r.chat_id = a.chat_id and r.rev > a.rev and r.evicts = a.user_id) removed
      cross join lateral (
        select c.rev, c.chat_id, c.member_id, c.evicts, c.envelope from chat_changes c
        where c.chat_id = a.chat_id and c.rev > a.rev and c.rev <= removed.rev
          and c.member_id = a.user_id) x
      """;

  /**
   * The time a query waits for more joins to share it after another query; a single join does not
   * wait.
   */
  private static final Duration REST = Duration.ofMillis(5);

  /** A user, a chat, and the rev of the state that the user's client has. */
  private record Asked(String userId, String chatId, long rev, long since) {}

  private record Change(int index, Frame frame) {}

  private final Database database;
  private final Batcher<Asked, List<Frame>> recent =
      Batcher.named("own memberships").resting(REST).calling(this::readRecent);
  private final Batcher<Asked, List<Frame>> untilRemoval =
      Batcher.named("own removals").resting(REST).calling(this::readUntilRemoval);

  OwnMemberships(Database database) {
    this.database = database;
  }

  /**
   * Returns the changes of a user's own membership up to a {@code rev}, ascending, that are so
   * recent that some of the user's connections may not have received them yet.
   *
   * @param since the time before which changes are left out
   */
  Mono<List<Frame>> recent(String userId, String chatId, long rev, Instant since) {
    return recent.submit(new Asked(userId, chatId, rev, since.toEpochMilli()));
  }

  /**
   * Returns the changes of a user's own membership after this {@code rev}, up to the first removal;
   * empty if there was no removal.
   */
  Flux<Frame> untilRemoval(String userId, String chatId, long rev) {
    return untilRemoval
        .submit(new Asked(userId, chatId, rev, 0))
        .flatMapIterable(changes -> changes);
  }

  private Mono<List<List<Frame>>> readRecent(List<Asked> asked) {
    return database
        .sql(RECENT)
        .bindColumn("userIds", asked, String.class, Asked::userId)
        .bindColumn("chatIds", asked, String.class, Asked::chatId)
        .bindColumn("revs", asked, Long.class, Asked::rev)
        .bindColumn("since", asked, Long.class, Asked::since)
        .map(row -> new Change(row.integer("ord") - 1, ChatLog.change(row)))
        .all()
        .as(changes -> inOrder(asked.size(), changes));
  }

  private Mono<List<List<Frame>>> readUntilRemoval(List<Asked> asked) {
    return database
        .sql(UNTIL_REMOVAL)
        .bindColumn("userIds", asked, String.class, Asked::userId)
        .bindColumn("chatIds", asked, String.class, Asked::chatId)
        .bindColumn("revs", asked, Long.class, Asked::rev)
        .map(row -> new Change(row.integer("ord") - 1, ChatLog.change(row)))
        .all()
        .as(changes -> inOrder(asked.size(), changes));
  }

  private static Mono<List<List<Frame>>> inOrder(int size, Flux<Change> changes) {
    return changes
        .sort(Comparator.comparingLong(change -> change.frame().rev()))
        .collectMultimap(Change::index, Change::frame)
        .map(found ->
            IntStream.range(0, size)
                .mapToObj(index -> List.copyOf(found.getOrDefault(index, List.of())))
                .toList());
  }
}
