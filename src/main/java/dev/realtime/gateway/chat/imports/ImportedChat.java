package dev.realtime.gateway.chat.imports;

import dev.realtime.gateway.chat.Chats;
import dev.realtime.gateway.chat.Draft;
import dev.realtime.gateway.chat.MessageAppender;
import dev.realtime.gateway.protocol.Attachment;
import dev.realtime.gateway.protocol.ChatCommand.SendMessage;
import dev.realtime.gateway.protocol.Encrypted;
import dev.realtime.gateway.protocol.GatewayException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A chat as another system has kept it, or the next part of one's history.
 *
 * @param plan what to create where it is not there; null for a part that only goes on
 * @param createdAt null for the time of its first message
 * @param messages the oldest first, each with a mark that is unique in the chat
 * @param unread how many of the last messages a member has not read; members not named have read
 *     everything
 */
public record ImportedChat(
    String id,
    Chats.@Nullable Plan plan,
    @Nullable Instant createdAt,
    List<Line> messages,
    Map<String, Integer> unread) {

  /**
   * A message as another system has kept it.
   *
   * @param mark that system's id of it
   * @param replyTo the mark of the message it answers
   */
  public record Line(
      String mark,
      String senderId,
      @Nullable String content,
      @Nullable Encrypted encrypted,
      @Nullable String replyTo,
      @Nullable List<String> mentions,
      @Nullable List<Attachment> attachments,
      Instant createdAt,
      @Nullable Instant editedAt) {}

  public ImportedChat {
    requireOrder(messages);
    if (unread.values().stream().anyMatch(count -> count < 0)) {
      throw GatewayException.badRequest("unread", "unread must not be negative.");
    }
    messages = List.copyOf(messages);
    unread = Map.copyOf(unread);
  }

  private static void requireOrder(List<Line> messages) {
    Set<String> marks = new HashSet<>();
    Instant last = Instant.MIN;
    for (Line message : messages) {
      if (!marks.add(message.mark())) {
        throw GatewayException.badRequest("messages", "An id stands twice in messages.");
      }
      if (message.createdAt().isBefore(last)) {
        throw GatewayException.badRequest("messages", "The oldest message comes first.");
      }
      last = message.createdAt();
    }
  }

  /** A message with the id the gateway gives it: the same whenever it is imported. */
  Draft draft(Line line) {
    String replyTo = line.replyTo() == null ? null : idOf(line.replyTo()).toString();
    SendMessage checked =
        new SendMessage(
            id,
            line.content(),
            line.mark(),
            replyTo,
            line.mentions(),
            line.attachments(),
            line.encrypted());
    return Draft.of(idOf(line.mark()), line.senderId(), checked, true);
  }

  /** Named by the chat and the mark (RFC 9562, section 5.8), so that a repetition is recognised. */
  UUID idOf(String mark) {
    ByteBuffer hash =
        ByteBuffer.wrap(
            MessageAppender.sha256().digest((id + '\0' + mark).getBytes(StandardCharsets.UTF_8)));
    long high = (hash.getLong() & ~0xF000L) | 0x8000L;
    long low = (hash.getLong() & ~(3L << 62)) | (1L << 63);
    return new UUID(high, low);
  }
}
