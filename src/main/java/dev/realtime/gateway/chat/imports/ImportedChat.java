package dev.realtime.gateway.chat.imports;

import dev.realtime.gateway.chat.ChatPlan;
import dev.realtime.gateway.protocol.GatewayException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A chat of another system with its history, or the next part of the history of a chat.
 *
 * @param plan the chat to create if there is none; null for a part that only continues a chat
 * @param createdAt the time of creation; null for the time of the first message
 * @param messages the messages, oldest first, each id once
 * @param unread per member how many of the last messages are unread; a member who is missing here
 *     has read everything
 */
public record ImportedChat(
    String id,
    @Nullable ChatPlan plan,
    @Nullable Instant createdAt,
    List<PastMessage> messages,
    Map<String, Integer> unread) {

  public ImportedChat {
    requireOrder(messages);
    if (unread.values().stream().anyMatch(count -> count < 0)) {
      throw GatewayException.badRequest("unread", "unread must not be negative.");
    }
    messages = List.copyOf(messages);
    unread = Map.copyOf(unread);
  }

  private static void requireOrder(List<PastMessage> messages) {
    Set<UUID> ids = new HashSet<>();
    Instant last = Instant.MIN;
    for (PastMessage message : messages) {
      if (!ids.add(message.id())) {
        throw GatewayException.badRequest("messages", "messages must have each id only once.");
      }
      if (message.createdAt().isBefore(last)) {
        throw GatewayException.badRequest("messages", "messages must have the oldest first.");
      }
      last = message.createdAt();
    }
  }

  /**
   * Returns the ids of messages that earlier parts of the history must contain, because messages of
   * this part reply to them.
   */
  Set<UUID> earlierReplies() {
    Set<UUID> seen = new HashSet<>();
    Set<UUID> earlier = new HashSet<>();
    for (PastMessage message : messages) {
      UUID replyTo = message.replyTo();
      if (replyTo != null && !seen.contains(replyTo)) {
        earlier.add(replyTo);
      }
      seen.add(message.id());
    }
    return earlier;
  }

  /**
   * Returns when the chat was created, or the time of the first message; null if neither is known.
   */
  @Nullable Instant createdAtOrFirst() {
    return createdAt != null || messages.isEmpty() ? createdAt : messages.getFirst().createdAt();
  }
}
