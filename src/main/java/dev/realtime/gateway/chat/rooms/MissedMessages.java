package dev.realtime.gateway.chat.rooms;

import dev.realtime.gateway.chat.ChatRows;
import dev.realtime.gateway.protocol.Bounds;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Page;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Reads the pages of replays, each on behalf of a member. The replays of all connections take turns
 * and share their statements, so that a storm of resumes takes one connection of the pool.
 */
@Component
final class MissedMessages {

  /** Messages per page. */
  static final int PAGE = 50;

  /** Pages per statement, 2 MB together. */
  private static final int PAGES = 8;

  private static final String PAGE_OF_EACH =
      """
      select a.ord, x.*
      from unnest(:userIds, :chatIds, :lows, :highs) with ordinality
        as a (user_id, chat_id, low, high, ord)
      cross join lateral (
        select %s, m.size from (
          select p.*, sum(p.size) over (order by p.%%1$s) - p.size as before
          from (
            select x.* from messages x
            where x.chat_id = a.chat_id
              and exists (
                select 1 from chat_members me
                where me.chat_id = a.chat_id and me.user_id = a.user_id)
              and %%2$s order by x.%%1$s limit %d) p) m
        where m.before < %d) x
      order by a.ord, x.%%1$s
      """
          .formatted(ChatRows.MESSAGE_FOR_ASKED, PAGE, Bounds.ITEM_BYTES);

  private static final String MISSED =
      PAGE_OF_EACH.formatted("seq", "x.seq > a.low and x.seq <= a.high");

  // The sum keeps the plan on the index of the changed messages.
  private static final String CHANGED =
      PAGE_OF_EACH.formatted(
          "rev", "x.rev > a.low and x.rev <> x.first_rev and x.seq + 0 <= a.high");

  /**
   * The part of a replay that a page begins.
   *
   * @param low the seq or rev after which it begins
   * @param high the last seq
   */
  private record Part(String userId, String chatId, long low, long high) {}

  private record Found(int ord, Message message, int size) {}

  private final Database database;
  private final Batcher<Part, Page<Message>> missed =
      Batcher.named("missed messages").groupsOf(PAGES).calling(parts -> read(MISSED, parts));
  private final Batcher<Part, Page<Message>> changed =
      Batcher.named("changed messages").groupsOf(PAGES).calling(parts -> read(CHANGED, parts));

  MissedMessages(Database database) {
    this.database = database;
  }

  /** Returns a page of the messages after a seq, up to another, ascending. */
  Mono<Page<Message>> after(String userId, String chatId, long seq, long upToSeq) {
    return missed.submit(new Part(userId, chatId, seq, upToSeq));
  }

  /**
   * Returns a page of the messages up to a seq that changed after a rev, in the order of their last
   * change.
   */
  Mono<Page<Message>> changedAfter(String userId, String chatId, long rev, long upToSeq) {
    return changed.submit(new Part(userId, chatId, rev, upToSeq));
  }

  private Mono<List<Page<Message>>> read(String sql, List<Part> parts) {
    return database
        .sql(sql)
        .bindColumn("userIds", parts, String.class, Part::userId)
        .bindColumn("chatIds", parts, String.class, Part::chatId)
        .bindColumn("lows", parts, Long.class, Part::low)
        .bindColumn("highs", parts, Long.class, Part::high)
        .map(row -> new Found(row.integer("ord"), ChatRows.message(row), row.integer("size")))
        .all()
        .collectMultimap(Found::ord)
        .map(found ->
            IntStream.rangeClosed(1, parts.size())
                .mapToObj(ord -> page(found.getOrDefault(ord, List.of())))
                .toList());
  }

  private static Page<Message> page(Collection<Found> found) {
    long bytes = found.stream().mapToLong(Found::size).sum();
    return new Page<>(
        found.stream().map(Found::message).toList(),
        found.size() == PAGE || bytes >= Bounds.ITEM_BYTES);
  }
}
