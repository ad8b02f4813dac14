package dev.realtime.gateway.chat.imports;

import dev.realtime.gateway.chat.Draft;
import dev.realtime.gateway.protocol.ChatCommand.SendMessage;
import dev.realtime.gateway.store.idempotency.Fingerprint;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message with the time at which another system accepted it.
 *
 * @param draft the message under the id that {@link #idOf} gives it; its {@code tempId} is the
 *     other system's id
 * @param editedAt null for a message that was never edited
 */
public record PastMessage(Draft draft, Instant createdAt, @Nullable Instant editedAt) {

  /**
   * Returns a message that was sent by a user, who need not be a member of the chat any more.
   *
   * @param message the message; its {@code tempId} is the other system's id
   */
  public static PastMessage of(
      String senderId, SendMessage message, Instant createdAt, @Nullable Instant editedAt) {
    String tempId = message.tempId();
    if (tempId == null) {
      throw new IllegalArgumentException("A message without tempId cannot be recognized again");
    }
    UUID id = idOf(message.chatId(), tempId);
    return new PastMessage(Draft.of(id, senderId, message, true), createdAt, editedAt);
  }

  /**
   * Returns the gateway's id for a message of another system: a UUIDv8 (RFC 9562, section 5.8)
   * derived from the chat and the other system's id, so that a repeated import gives the message
   * the same id.
   */
  public static UUID idOf(String chatId, String tempId) {
    UUID hash = Fingerprint.of(chatId, tempId);
    long high = (hash.getMostSignificantBits() & ~0xF000L) | 0x8000L;
    long low = (hash.getLeastSignificantBits() & ~(3L << 62)) | (1L << 63);
    return new UUID(high, low);
  }

  UUID id() {
    return draft.id();
  }

  /** Returns the id of the message that this one replies to; null for none. */
  @Nullable UUID replyTo() {
    Draft.Extra extra = draft.extra();
    return extra == null || extra.replyTo() == null ? null : UUID.fromString(extra.replyTo());
  }
}
