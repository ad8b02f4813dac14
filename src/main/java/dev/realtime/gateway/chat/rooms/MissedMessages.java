package dev.realtime.gateway.chat.rooms;

import dev.realtime.gateway.chat.ChatRows;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.store.Database;
import java.util.List;
import java.util.stream.IntStream;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Reads the pages of replays, each on behalf of a member. The replays of all connections take turns
 * and share their statements, so that a storm of resumes takes one connection of the pool.
 */
@Component
final class MissedMessages {

  /** Messages per page. */
  static final int PAGE = 50;

  /** Pages per statement; of the largest messages these are 25 MB. */
  private static final int PAGES = 8;

  private static final String PAGE_OF_EACH =
      """
      select a.ord, x.*
      from unnest(:userIds, :chatIds, :lows, :highs) with ordinality
        as a (user_id, chat_id, low, high, ord)
      cross join lateral (
        select %s from messages m
        where m.chat_id = a.chat_id
          and exists (
            select 1 from chat_members me where me.chat_id = a.chat_id and me.user_id = a.user_id)
          and %%s limit %d) x
      order by a.ord, x.%%s
      """
          .formatted(ChatRows.MESSAGE_FOR_ASKED, PAGE);

  private static final String MISSED =
      PAGE_OF_EACH.formatted("m.seq > a.low and m.seq <= a.high order by m.seq", "seq");

  // The sum keeps the plan on the index of the changed messages.
  private static final String CHANGED =
      PAGE_OF_EACH.formatted(
          "m.rev > a.low and m.rev <> m.first_rev and m.seq + 0 <= a.high order by m.rev", "rev");

  /**
   * A page to read.
   *
   * @param low the seq or rev after which it begins
   * @param high the last seq
   */
  private record Page(String userId, String chatId, long low, long high) {}

  private record Found(int ord, Message message) {}

  private final Database database;
  private final Batcher<Page, List<Message>> missed =
      Batcher.named("missed messages").groupsOf(PAGES).calling(pages -> read(MISSED, pages));
  private final Batcher<Page, List<Message>> changed =
      Batcher.named("changed messages").groupsOf(PAGES).calling(pages -> read(CHANGED, pages));

  MissedMessages(Database database) {
    this.database = database;
  }

  /** Returns a page of the messages after a seq, up to another, ascending. */
  Flux<Message> after(String userId, String chatId, long seq, long upToSeq) {
    return missed
        .submit(new Page(userId, chatId, seq, upToSeq))
        .flatMapIterable(messages -> messages);
  }

  /**
   * Returns a page of the messages up to a seq that changed after a rev, in the order of their last
   * change.
   */
  Flux<Message> changedAfter(String userId, String chatId, long rev, long upToSeq) {
    return changed
        .submit(new Page(userId, chatId, rev, upToSeq))
        .flatMapIterable(messages -> messages);
  }

  private Mono<List<List<Message>>> read(String sql, List<Page> pages) {
    return database
        .sql(sql)
        .bindColumn("userIds", pages, String.class, Page::userId)
        .bindColumn("chatIds", pages, String.class, Page::chatId)
        .bindColumn("lows", pages, Long.class, Page::low)
        .bindColumn("highs", pages, Long.class, Page::high)
        .map(row -> new Found(row.integer("ord"), ChatRows.message(row)))
        .all()
        .collectMultimap(Found::ord, Found::message)
        .map(found ->
            IntStream.rangeClosed(1, pages.size())
                .mapToObj(ord -> List.copyOf(found.getOrDefault(ord, List.of())))
                .toList());
  }
}
