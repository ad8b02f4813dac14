package dev.realtime.gateway.web;

import dev.realtime.gateway.chat.ImportedChat;
import dev.realtime.gateway.protocol.Attachment;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.Encrypted;
import dev.realtime.gateway.protocol.Encryption;
import dev.realtime.gateway.protocol.GatewayException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A line of an import: a chat with its history, or, without {@code type}, more of its history.
 *
 * @param unread how many of the last messages a member has not read; 0 for who is not named
 */
record ImportLine(
    @Nullable String id,
    @Nullable ChatType type,
    @Nullable String title,
    @Nullable List<String> memberIds,
    @Nullable List<String> adminIds,
    @Nullable Encryption encryption,
    @Nullable Instant createdAt,
    @Nullable List<OldMessage> messages,
    @Nullable Map<String, Integer> unread) {

  /** A message with the id and time it has had so far. */
  record OldMessage(
      @Nullable String id,
      @Nullable String senderId,
      @Nullable String content,
      @Nullable Encrypted encrypted,
      @Nullable String replyTo,
      @Nullable List<String> mentions,
      @Nullable List<Attachment> attachments,
      @Nullable Instant createdAt,
      @Nullable Instant editedAt) {

    ImportedChat.Line checked(Instant now) {
      return new ImportedChat.Line(
          ChatRequests.id("id", id),
          ChatRequests.id("senderId", senderId),
          content,
          encrypted,
          replyTo,
          mentions,
          attachments,
          required(createdAt, now),
          editedAt == null ? null : required(editedAt, now));
    }

    private static Instant required(@Nullable Instant at, Instant now) {
      if (at == null) {
        throw GatewayException.badRequest("createdAt", "createdAt is required.");
      }
      return past(at, now);
    }
  }

  ImportedChat checked(Instant now) {
    return new ImportedChat(
        ChatRequests.id("id", id),
        type == null
            ? null
            : new ChatRequests.Chat(id, type, title, memberIds, adminIds, encryption).plan(id),
        createdAt == null ? null : past(createdAt, now),
        messages == null
            ? List.of()
            : messages.stream().map(message -> message.checked(now)).toList(),
        unread == null ? Map.of() : unread);
  }

  /** A chat list is in the order of these times: one in the future would stay on top. */
  private static Instant past(Instant at, Instant now) {
    if (at.isBefore(Instant.EPOCH) || at.isAfter(now)) {
      throw GatewayException.badRequest("createdAt", "Times lie between 1970 and now.");
    }
    return at;
  }
}
