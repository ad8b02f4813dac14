package dev.realtime.gateway.chat;

import dev.realtime.gateway.protocol.ChatState;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Page;
import dev.realtime.gateway.store.Row;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Reads chats on behalf of a user; returns only chats of which the user is a member. */
@Component
public final class ChatRepository {

  // The part of a chat that is the same for all members is read once, however many of them ask.
  private static final String STATES =
      """
      with asked as materialized (
        select distinct u.user_id, u.chat_id
        from unnest(:userIds, :chatIds) as u (user_id, chat_id)),
      c as materialized (
        select c.*, n.member_count, case when n.member_count <= %d then (
          select json_agg(json_build_object('userId', x.user_id, 'role', x.role,
                          'readSeq', x.read_seq, 'deliveredSeq', x.delivered_seq)
                          order by x.joined_at, x.user_id)
          from chat_members x where x.chat_id = c.id) end as members
        from (select distinct a.chat_id from asked a) a
        join chats c on c.id = a.chat_id
        cross join lateral (
          select count(*) as member_count from chat_members x where x.chat_id = c.id) n)
      select me.user_id, c.id as chat, c.type, c.title, c.encryption, c.last_seq, c.last_rev,
             me.read_seq, c.member_count, c.members
      from asked a
      join chat_members me on me.chat_id = a.chat_id and me.user_id = a.user_id
      join c on c.id = a.chat_id
      """
          .formatted(ChatRows.LISTED_MEMBERS);

  private static final String MEMBERSHIPS =
      "select chat_id from chat_members where user_id = :userId and chat_id = any (:chatIds)";

  // A position without a rev counts no changes: a comparison with null is never true.
  private static final String MISSED =
      """
      select p.chat_id, coalesce(p.seq < c.base_seq or p.rev < c.base_rev, false) as outlived,
             (select count(*) from (
                select 1 from messages m
                where m.chat_id = p.chat_id and m.rev > p.rev and m.seq <= p.seq limit :most) x)
             as changed
      from unnest(:chatIds, :seqs, :revs) as p (chat_id, seq, rev) join chats c on c.id = p.chat_id
      """;

  private static final String LIST =
      """
      select %s, c.active_at, %s from chat_members me
      join chats c on c.id = me.chat_id
      left join messages m on m.chat_id = c.id and m.seq = c.last_seq
      where me.user_id = :userId and (c.active_at, c.id) < (:activeAt::timestamptz, :chatId)
      order by c.active_at desc, c.id desc limit :limit
      """
          .formatted(ChatRows.CHAT, ChatRows.MESSAGE);

  /** A user and the chat whose state the user requested. */
  private record Seen(String userId, String chatId) {}

  private final Database database;
  private final Batcher<Seen, Optional<ChatState>> joins =
      Batcher.named("chat states").calling(this::states);

  ChatRepository(Database database) {
    this.database = database;
  }

  /** Returns those of these chats of which the user is a member. */
  public Mono<List<String>> memberships(String userId, Collection<String> chatIds) {
    return database
        .sql(MEMBERSHIPS)
        .bind("userId", userId)
        .bindTexts("chatIds", chatIds)
        .map(row -> row.text("chat_id"))
        .all()
        .collectList();
  }

  /**
   * Returns a chat as the user sees it; empty if the user is not a member or there is no such chat.
   */
  public Mono<ChatState> state(String userId, String chatId) {
    return joins.submit(new Seen(userId, chatId)).flatMap(Mono::justOrEmpty);
  }

  private Mono<List<Optional<ChatState>>> states(List<Seen> asked) {
    return states(asked.stream().map(Seen::userId), asked.stream().map(Seen::chatId))
        .map(found -> asked.stream().map(seen -> Optional.ofNullable(found.get(seen))).toList());
  }

  private Mono<Map<Seen, ChatState>> states(Stream<String> userIds, Stream<String> chatIds) {
    return database
        .sql(STATES)
        .bindTexts("userIds", userIds.toList())
        .bindTexts("chatIds", chatIds.toList())
        .map(row -> Map.entry(new Seen(row.text("user_id"), row.text("chat")), ChatRows.chat(row)))
        .all()
        .collectMap(Map.Entry::getKey, Map.Entry::getValue);
  }

  /**
   * Returns several chats as the user sees them, by id; chats of which the user is not a member are
   * missing.
   */
  public Mono<Map<String, ChatState>> states(String userId, Collection<String> chatIds) {
    return states(chatIds.stream().map(_ -> userId), chatIds.stream())
        .map(found ->
            found.values().stream()
                .collect(Collectors.toMap(ChatState::chatId, Function.identity())));
  }

  /** Counts per chat what a client at this position missed; a deleted chat is missing. */
  public Mono<Map<String, Missed>> missed(Map<String, Position> positions, int limit) {
    if (positions.isEmpty()) {
      return Mono.just(Map.of());
    }
    List<Map.Entry<String, Position>> entries = List.copyOf(positions.entrySet());
    return database
        .sql(MISSED)
        .bind("chatIds", entries.stream().map(Map.Entry::getKey).toArray(String[]::new))
        .bind("seqs", entries.stream().map(entry -> entry.getValue().seq()).toArray(Long[]::new))
        .bind("revs", entries.stream().map(entry -> entry.getValue().rev()).toArray(Long[]::new))
        .bind("most", limit)
        .map(row -> Map.entry(row.text("chat_id"), missed(row)))
        .all()
        .collectMap(Map.Entry::getKey, Map.Entry::getValue);
  }

  private static Missed missed(Row row) {
    return new Missed(row.number("changed"), row.flag("outlived"));
  }

  /**
   * The changes that a client at a position missed.
   *
   * @param changed how many of the messages up to its seq changed after its rev, counted up to a
   *     limit
   * @param outlived whether the position belongs to an earlier chat of this id
   */
  public record Missed(long changed, boolean outlived) {

    /**
     * Returns whether a replay can bring a client from a position to a state. It cannot from a
     * position past the end, which belongs to lost data, nor from a position in a deleted chat of
     * this id.
     *
     * @param limit the maximum number of missed messages, and of changed messages, in a replay
     */
    public boolean isReplayable(ChatState state, Position position, int limit) {
      long missed = state.lastSeq() - position.seq();
      long lastRev = state.lastRev() == null ? 0 : state.lastRev();
      boolean pastTheEnd = missed < 0 || (position.rev() != null && position.rev() > lastRev);
      return !outlived && !pastTheEnd && missed <= limit && changed <= limit;
    }
  }

  /** Returns a page of the user's chats from a cursor on, the most recently active first. */
  public Mono<Page<ListedChat>> list(String userId, ListCursor from, int limit) {
    return database
        .sql(LIST)
        .bind("userId", userId)
        .bind("activeAt", from.activeAt())
        .bind("chatId", from.chatId())
        .page(limit, this::listed);
  }

  private ListedChat listed(Row row) {
    Message last = row.optionalId("id") == null ? null : ChatRows.message(row);
    ChatState chat = ChatRows.listed(row, last);
    OffsetDateTime activeAt = row.required("active_at", OffsetDateTime.class);
    return new ListedChat(chat, new ListCursor(activeAt, chat.chatId()));
  }

  /** A chat and the cursor at which the list continues after it. */
  public record ListedChat(ChatState chat, ListCursor cursor) {}
}
