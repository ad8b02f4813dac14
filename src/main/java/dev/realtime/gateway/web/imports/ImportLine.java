package dev.realtime.gateway.web.imports;

import dev.realtime.gateway.chat.imports.ImportedChat;
import dev.realtime.gateway.chat.imports.PastMessage;
import dev.realtime.gateway.protocol.Attachment;
import dev.realtime.gateway.protocol.ChatCommand.SendMessage;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.Encrypted;
import dev.realtime.gateway.protocol.Encryption;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Ids;
import dev.realtime.gateway.web.ChatRequests;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/**
 * A line of an import: a chat with its history, or, without {@code type}, the next part of the
 * history of an existing chat.
 *
 * @param unread how many of the last messages a member has not read; 0 for a member not named here
 */
record ImportLine(
    @Nullable String id,
    @Nullable ChatType type,
    @Nullable String title,
    @Nullable List<String> memberIds,
    @Nullable List<String> adminIds,
    @Nullable Encryption encryption,
    @Nullable Instant createdAt,
    @Nullable List<@Nullable OldMessage> messages,
    @Nullable Map<String, @Nullable Integer> unread) {

  /** A message with the id and the time that the other system gave it. */
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

    PastMessage checked(String chatId, Instant now) {
      String tempId = Ids.check("id", id);
      String sender = Ids.check("senderId", senderId);
      String reply = replyTo == null ? null : PastMessage.idOf(chatId, replyTo).toString();
      return PastMessage.of(
          sender,
          new SendMessage(chatId, content, tempId, reply, mentions, attachments, encrypted),
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
    String chatId = Ids.check("id", id);
    return new ImportedChat(
        chatId,
        type == null
            ? null
            : new ChatRequests.Chat(id, type, title, memberIds, adminIds, encryption).plan(chatId),
        createdAt == null ? null : past(createdAt, now),
        messages == null ? List.of() : history(chatId, messages, now),
        unread == null ? Map.of() : counts(unread));
  }

  private static List<PastMessage> history(
      String chatId, List<@Nullable OldMessage> messages, Instant now) {
    List<PastMessage> history = new ArrayList<>();
    for (OldMessage message : messages) {
      if (message == null) {
        throw GatewayException.badRequest("messages", "Each message must be an object.");
      }
      history.add(message.checked(chatId, now));
    }
    return history;
  }

  private static Map<String, Integer> counts(Map<String, @Nullable Integer> unread) {
    Map<String, Integer> counts = new HashMap<>();
    unread.forEach((userId, count) -> {
      if (count == null) {
        throw GatewayException.badRequest("unread", "unread must have a number for each user.");
      }
      counts.put(Ids.check("unread", userId), count);
    });
    return counts;
  }

  /**
   * Finds the chat of a line that the import refuses; null if the {@code id} is missing, or if the
   * line is broken before it.
   */
  static @Nullable String chatOf(byte[] json, JsonMapper mapper) {
    try (JsonParser line = mapper.createParser(json)) {
      if (line.nextToken() != JsonToken.START_OBJECT) {
        return null;
      }
      while (line.nextToken() == JsonToken.PROPERTY_NAME) {
        boolean isId = line.currentName().equals("id");
        if (line.nextToken() == JsonToken.VALUE_STRING && isId) {
          return Ids.check("id", line.getString());
        }
        line.skipChildren();
      }
    } catch (JacksonException | GatewayException _) {
      return null;
    }
    return null;
  }

  /** A chat list is sorted by these times: a chat with a time in the future would stay on top. */
  private static Instant past(Instant at, Instant now) {
    if (at.isBefore(Instant.EPOCH) || at.isAfter(now)) {
      throw GatewayException.badRequest("createdAt", "Times must be between 1970 and now.");
    }
    return at;
  }
}
