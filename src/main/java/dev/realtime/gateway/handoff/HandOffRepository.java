package dev.realtime.gateway.handoff;

import dev.realtime.gateway.chat.MessageRepository;
import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.store.Database;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The SQL of the hand-off to push: which chats to check, and which members are missing messages.
 *
 * <p>A {@code handed_off_seq} above {@code delivered_seq} means that the member was handed off in
 * the current absence. A device that acknowledges a message moves {@code delivered_seq} past it; a
 * device that only connects resets {@code handed_off_seq} to 0.
 */
@Component
final class HandOffRepository {

  private static final String CLAIM =
      """
      with due as materialized (
        select chat_id from message_handoffs
        where due_at <= clock_timestamp() and held_until <= clock_timestamp()
        order by due_at limit :limit for update skip locked)
      update message_handoffs h set held_until = clock_timestamp() + :holdMillis * interval '1 ms'
      from due where h.chat_id = due.chat_id
      returning h.chat_id, h.again
      """;

  // The index scan passes over the messages that have not waited long enough: some seconds of the
  // chat.
  private static final String RIPE =
      """
      select coalesce(max(r.seq), 0) as seq from (
        select m.seq from messages m
        where m.chat_id = :chatId and m.created_at <= clock_timestamp() - :waitMillis * interval '1 ms'
        order by m.seq desc limit 1) r
      """;

  private static final String MISSING =
      """
      select m.user_id from chat_members m
      where m.chat_id = :chatId and m.delivered_seq < :seq and not m.muted
        and m.handed_off_seq <= m.delivered_seq
      """;

  // Lock the members in the order that all transactions use, so that two groups cannot deadlock.
  private static final String MARK =
      """
      with held as materialized (
        select m.user_id from chat_members m
        where m.chat_id = :chatId and m.user_id = any (:users) and m.delivered_seq < :seq and not m.muted
          and m.handed_off_seq <= m.delivered_seq
        order by m.user_id for no key update)
      update chat_members m set handed_off_seq = :seq
      from held h where m.chat_id = :chatId and m.user_id = h.user_id
      returning m.user_id, m.read_seq
      """;

  // The oldest message that was not ripe determines the next check, but at least two seconds pass,
  // so that a busy chat is not checked more often.
  private static final String PLAN =
      """
      with next as (
        select greatest(m.created_at + :waitMillis * interval '1 ms', clock_timestamp() + interval '2 s')
               as due_at, false as again
        from messages m where m.chat_id = :chatId and m.seq > :seq order by m.seq limit 1),
      second as (
        select clock_timestamp() + :secondMillis * interval '1 ms' as due_at, true as again
        where :secondMillis > 0 and not exists (select 1 from next)),
      planned as (select * from next union all select * from second),
      moved as (
        update message_handoffs h
        set due_at = p.due_at, again = p.again, held_until = '-infinity'
        from planned p where h.chat_id = :chatId)
      delete from message_handoffs h where h.chat_id = :chatId and not exists (select 1 from planned)
      """;

  private static final String LATER =
      """
      update message_handoffs set held_until = clock_timestamp() + :waitMillis * interval '1 ms'
      where chat_id = :chatId
      """;

  private static final String BACK =
      """
      with held as materialized (
        select m.chat_id, m.user_id from chat_members m
        where m.user_id = any (:users) and m.handed_off_seq > 0
        order by m.chat_id, m.user_id for no key update)
      update chat_members m set handed_off_seq = 0
      from held h where m.chat_id = h.chat_id and m.user_id = h.user_id
      """;

  private final Database database;
  private final MessageRepository messages;
  private final long undeliveredAfter;

  HandOffRepository(Database database, MessageRepository messages, GatewayProperties properties) {
    this.database = database;
    this.messages = messages;
    this.undeliveredAfter = properties.webhook().undeliveredAfter().toMillis();
  }

  /**
   * A chat to check.
   *
   * @param again whether this is the second check of the same messages
   */
  record Due(String chatId, boolean again) {}

  /** A member who has been recorded as handed off. */
  private record HandedOff(String userId, long readSeq) {}

  /** Claims chats that are due; other instances cannot claim them for this long. */
  Flux<Due> claim(int limit, Duration hold) {
    return database
        .sql(CLAIM)
        .bind("limit", limit)
        .bind("holdMillis", hold.toMillis())
        .map(row -> new Due(row.text("chat_id"), row.flag("again")))
        .all();
  }

  /** Returns the seq of the last message that has waited long enough; 0 for none. */
  Mono<Long> ripeSeq(String chatId) {
    return database
        .sql(RIPE)
        .bind("chatId", chatId)
        .bind("waitMillis", undeliveredAfter)
        .map(row -> row.number("seq"))
        .one();
  }

  /**
   * Returns the members to whom the message was not delivered and who were not handed off in their
   * current absence.
   */
  Mono<List<String>> missing(String chatId, long seq) {
    return database
        .sql(MISSING)
        .bind("chatId", chatId)
        .bind("seq", seq)
        .map(row -> row.text("user_id"))
        .list();
  }

  /**
   * Records those of the members who are still missing messages as handed off, and returns what
   * each of them is missing; must be called under the lock of the chat's row.
   */
  Mono<List<UndeliveredMessage>> mark(String chatId, long seq, Collection<String> userIds) {
    return marked(chatId, seq, userIds)
        .filter(marked -> !marked.isEmpty())
        .flatMap(marked -> messages.lastMessage(chatId).map(last -> undelivered(last, marked)))
        .defaultIfEmpty(List.of());
  }

  private static List<UndeliveredMessage> undelivered(Message last, List<HandedOff> members) {
    return members.stream()
        .map(member ->
            new UndeliveredMessage(
                member.userId(), last.chatId(), last.seq() - member.readSeq(), last.seq(), last))
        .toList();
  }

  private Mono<List<HandedOff>> marked(String chatId, long seq, Collection<String> userIds) {
    return database
        .sql(MARK)
        .bind("chatId", chatId)
        .bind("seq", seq)
        .bindTexts("users", userIds)
        .map(row -> new HandedOff(row.text("user_id"), row.number("read_seq")))
        .list();
  }

  /**
   * Schedules the next check of a chat; must be called under the lock of the chat's row, so that no
   * message is added meanwhile.
   *
   * @param seq the last message that was checked
   * @param second the delay until a second check of the same messages; zero for none
   */
  Mono<Void> plan(String chatId, long seq, Duration second) {
    return database
        .sql(PLAN)
        .bind("chatId", chatId)
        .bind("seq", seq)
        .bind("waitMillis", undeliveredAfter)
        .bind("secondMillis", second.toMillis())
        .then();
  }

  /** Delays the next check of the chat by this long; any instance may then claim it. */
  Mono<Void> later(String chatId, Duration wait) {
    return database.sql(LATER).bind("chatId", chatId).bind("waitMillis", wait.toMillis()).then();
  }

  /** Deletes the schedule of a chat that no longer exists. */
  Mono<Void> forget(String chatId) {
    return database
        .sql("delete from message_handoffs where chat_id = :chatId")
        .bind("chatId", chatId)
        .then();
  }

  /** Ends the absence of these users: messages that they miss later belong to a new absence. */
  Mono<Void> back(Collection<String> userIds) {
    return database.sql(BACK).bindTexts("users", userIds).then();
  }
}
