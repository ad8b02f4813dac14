package dev.realtime.gateway.chat;

import dev.realtime.gateway.chat.AppendStatement.Outcome;
import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.store.Bulkhead;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Failures;
import dev.realtime.gateway.store.HeldRows;
import dev.realtime.gateway.webhook.WebhookOutbox;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Appends messages in groups: checks the membership, assigns seq and rev and inserts in one commit.
 */
@Component
final class MessageAppender {

  private static final int GROUP = 256;

  /**
   * The result of appending a message.
   *
   * @param duplicate whether the message had been stored before, under this id and number
   */
  record Appended(UUID id, long seq, long rev, Instant createdAt, boolean duplicate) {}

  private record Key(String chatId, String senderId, String tempId) {}

  private final Batcher<Draft, AppendStatement.Result> writer;
  private final HeldRows<Draft, AppendStatement.Result> held;

  MessageAppender(
      Database database, WebhookOutbox outbox, Bulkhead rowBulkhead, GatewayProperties properties) {
    AppendStatement statement = new AppendStatement(database, outbox, properties);
    this.writer =
        Batcher.named("messages")
            .calling(MessageAppender::key, drafts -> statement.run(drafts, false));
    this.held =
        new HeldRows<>(
            rowBulkhead, GROUP, MessageAppender::key, drafts -> statement.run(drafts, true));
  }

  private static Key key(Draft draft) {
    return new Key(draft.chatId(), draft.senderId(), draft.uniqueTempId());
  }

  /**
   * Appends a message; completes after the commit. Idempotent by sender, chat and tempId.
   *
   * <p>Fails with {@code forbidden} (not a member, or no such chat), {@code conflict} (other
   * content under the same tempId), {@code bad_request} (plain content in an encrypted chat),
   * {@code unavailable} (too many messages are waiting).
   */
  Mono<Appended> append(Draft draft) {
    return writer
        .submit(draft)
        .flatMap(result ->
            result.outcome() == Outcome.HELD
                ? held.submit(draft.chatId(), draft)
                : Mono.just(result))
        .map(MessageAppender::stored);
  }

  private static Appended stored(AppendStatement.Result result) {
    return switch (result.outcome()) {
      case APPENDED, DUPLICATE ->
          new Appended(
              present(result.id()),
              present(result.seq()),
              present(result.rev()),
              present(result.createdAt()),
              result.outcome() == Outcome.DUPLICATE);
      case CONFLICT ->
          throw GatewayException.field(
              ErrorCode.CONFLICT, "tempId", "This tempId was already used for another message.");
      case ENCRYPTION_REQUIRED ->
          throw GatewayException.badRequest(
              "content", "This chat accepts only encrypted messages.");
      case FORBIDDEN -> throw Roster.notAMember();
      case NOT_FOUND -> throw GatewayException.of(ErrorCode.NOT_FOUND);
      case HELD -> throw Failures.unavailable();
    };
  }

  private static <T> T present(@Nullable T value) {
    return Objects.requireNonNull(value);
  }
}
