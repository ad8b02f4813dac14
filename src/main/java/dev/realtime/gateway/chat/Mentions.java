package dev.realtime.gateway.chat;

import dev.realtime.gateway.notification.Addition;
import dev.realtime.gateway.notification.Notifications;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.protocol.NewNotification;
import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Failures;
import dev.realtime.gateway.store.Row;
import dev.realtime.gateway.store.sweeping.Sweeper;
import dev.realtime.gateway.store.sweeping.Sweeping;
import dev.realtime.gateway.work.RepeatedWarning;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * Notifies members who are mentioned. The statement that appends a message also records that it has
 * mentions; any instance adds the notifications after the ack, once per message and member. An
 * import records no mentions, because old messages must not notify anyone.
 */
@Component
final class Mentions implements Sweeping {

  private static final Duration PERIOD = Duration.ofSeconds(2);
  private static final String TYPE = "mention";
  private static final JsonMapper JSON = WireJson.mapper();

  /** The maximum length of the message's text in the notification, in code points. */
  private static final int EXCERPT = 200;

  /** The messages of a transaction, each with up to 50 mentions. */
  private static final int GROUP = 30;

  private static final String TAKE =
      """
      delete from pending_mentions where position = any (array(
        select position from pending_mentions where due_at <= now()
        order by position limit :most for update skip locked))
      returning chat_id, seq, position
      """;

  private static final String MESSAGES =
      """
      select m.id, u.chat_id, u.seq, m.sender_id, m.content, c.title, array(
        select x.user_id from chat_members x
        where x.chat_id = u.chat_id and x.user_id <> m.sender_id
          and x.user_id in (select jsonb_array_elements_text(m.extra -> 'mentions'))) as mentioned
      from unnest(:chats, :seqs) with ordinality as u (chat_id, seq, ord)
      cross join lateral (
        select m.id, m.sender_id, m.content, m.extra from messages m
        where m.chat_id = u.chat_id and m.seq = u.seq and m.deleted_at is null limit 1) m
      cross join lateral (select c.title from chats c where c.id = u.chat_id limit 1) c
      order by u.ord
      """;

  // One that failed: it is next again in half a minute.
  private static final String POSTPONE =
      """
      update pending_mentions set due_at = clock_timestamp() + interval '30 s'
      where chat_id = :chatId and seq = :seq
      """;

  private static final Logger log = LoggerFactory.getLogger(Mentions.class);

  private record Taken(String chatId, long seq, long position) {}

  private record Mention(
      String chatId,
      long seq,
      UUID messageId,
      String senderId,
      @Nullable String content,
      @Nullable String chatTitle,
      List<String> mentioned) {

    Addition addition() {
      return new Addition(notification(), mentioned, TYPE + ' ' + messageId);
    }

    private NewNotification notification() {
      return NewNotification.own(
          TYPE,
          chatTitle == null ? "" : chatTitle,
          excerpt(),
          JSON.valueToTree(
              Map.of(
                  "chatId", chatId,
                  "messageId", messageId.toString(),
                  "seq", seq,
                  "senderId", senderId)));
    }

    private String excerpt() {
      String text = content == null ? "" : content;
      int points = text.codePointCount(0, text.length());
      return text.substring(0, text.offsetByCodePoints(0, Math.min(points, EXCERPT)));
    }
  }

  private final Database database;
  private final Notifications notifications;
  private final RepeatedWarning postponed =
      new RepeatedWarning(log, "Could not notify the users of a mention, trying again later");
  private final Sweeper sweeper = new Sweeper("mentions", PERIOD, Mono.defer(this::notifySome));

  Mentions(Database database, Notifications notifications) {
    this.database = database;
    this.notifications = notifications;
  }

  /** Wakes the sweeper if a committed message has mentions. Returns at once. */
  void stored(Message message) {
    List<String> mentioned = message.mentions();
    if (mentioned != null && !mentioned.isEmpty()) {
      sweeper.wake();
    }
  }

  /** Notifies a group; one by one where that fails, so that one that fails stops no other. */
  private Mono<Boolean> notifySome() {
    return notify(GROUP, _ -> {})
        .onErrorResume(
            failure -> !Failures.isTransient(failure),
            _ -> notifyOne().repeat(GROUP - 1L).takeWhile(found -> found).count().map(n -> n > 0));
  }

  /** Notifies the users of one message, or postpones it. */
  private Mono<Boolean> notifyOne() {
    AtomicReference<List<Taken>> current = new AtomicReference<>(List.of());
    return Mono.defer(() -> notify(1, current::set))
        .onErrorResume(
            failure -> !Failures.isTransient(failure) && !current.get().isEmpty(),
            failure -> postpone(current.get().getFirst(), failure));
  }

  private Mono<Boolean> postpone(Taken failed, Throwable failure) {
    postponed.log(failure);
    return database
        .sql(POSTPONE)
        .bind("chatId", failed.chatId())
        .bind("seq", failed.seq())
        .then()
        .thenReturn(true);
  }

  /** Notifies the users of some messages in one transaction; false if there was none. */
  private Mono<Boolean> notify(int most, Consumer<List<Taken>> current) {
    return take(most)
        .doOnNext(current)
        .filter(taken -> !taken.isEmpty())
        .flatMap(taken ->
            mentions(taken)
                .flatMap(mentions ->
                    notifications.add(mentions.stream().map(Mention::addition).toList()))
                .flatMap(notified -> database.afterCommit(() -> notifications.push(notified)))
                .thenReturn(true))
        .defaultIfEmpty(false)
        .as(database::inTransaction);
  }

  private Mono<List<Taken>> take(int most) {
    return database
        .sql(TAKE)
        .bind("most", most)
        .<Taken>map(
            row -> new Taken(row.text("chat_id"), row.number("seq"), row.number("position")))
        .all()
        .sort(Comparator.comparingLong(Taken::position))
        .collectList();
  }

  private Mono<List<Mention>> mentions(List<Taken> taken) {
    return database
        .sql(MESSAGES)
        .bindColumn("chats", taken, String.class, Taken::chatId)
        .bindColumn("seqs", taken, Long.class, Taken::seq)
        .<Mention>map(Mentions::read)
        .list();
  }

  private static Mention read(Row row) {
    return new Mention(
        row.text("chat_id"),
        row.number("seq"),
        row.id("id"),
        row.text("sender_id"),
        row.optionalText("content"),
        row.optionalText("title"),
        row.texts("mentioned"));
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
