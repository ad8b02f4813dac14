package dev.realtime.gateway.chat;

import dev.realtime.gateway.notification.Addition;
import dev.realtime.gateway.notification.Notifications;
import dev.realtime.gateway.notification.Notified;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.protocol.NewNotification;
import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Row;
import dev.realtime.gateway.store.sweeping.Sweeper;
import dev.realtime.gateway.store.sweeping.Sweeping;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
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

  // Each transaction handles one message: two messages would lock their users' rows in different
  // orders.
  private static final String TAKE =
      """
      delete from pending_mentions where position = (
        select position from pending_mentions order by position limit 1 for update skip locked)
      returning chat_id, seq
      """;

  private static final String MESSAGE =
      """
      select m.id, m.sender_id, m.content, c.title, array(
        select x.user_id from chat_members x
        where x.chat_id = m.chat_id and x.user_id <> m.sender_id
          and x.user_id in (select jsonb_array_elements_text(m.extra -> 'mentions'))) as mentioned
      from messages m join chats c on c.id = m.chat_id
      where m.chat_id = :chatId and m.seq = :seq and m.deleted_at is null
      """;

  private record Taken(String chatId, long seq) {}

  private record Mention(
      UUID messageId,
      String senderId,
      @Nullable String content,
      @Nullable String chatTitle,
      List<String> mentioned) {

    NewNotification content(Taken from) {
      return NewNotification.own(
          TYPE,
          chatTitle == null ? "" : chatTitle,
          excerpt(),
          JSON.valueToTree(
              Map.of(
                  "chatId", from.chatId(),
                  "messageId", messageId.toString(),
                  "seq", from.seq(),
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
  private final Sweeper sweeper = new Sweeper("mentions", PERIOD, Mono.defer(this::notifyOne));

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

  private Mono<Boolean> notifyOne() {
    return take()
        .flatMap(taken ->
            mention(taken)
                .flatMap(mention -> add(taken, mention))
                .flatMap(notified -> database.afterCommit(() -> notifications.push(notified)))
                .thenReturn(true))
        .as(database::inTransaction);
  }

  private Mono<Taken> take() {
    return database.sql(TAKE).map(row -> new Taken(row.text("chat_id"), row.number("seq"))).one();
  }

  private Mono<Mention> mention(Taken taken) {
    return database
        .sql(MESSAGE)
        .bind("chatId", taken.chatId())
        .bind("seq", taken.seq())
        .map(Mentions::read)
        .one();
  }

  private static Mention read(Row row) {
    return new Mention(
        row.id("id"),
        row.text("sender_id"),
        row.optionalText("content"),
        row.optionalText("title"),
        row.texts("mentioned"));
  }

  private Mono<Notified> add(Taken taken, Mention mention) {
    return notifications.add(
        new Addition(
            mention.content(taken), mention.mentioned(), TYPE + ' ' + mention.messageId()));
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
