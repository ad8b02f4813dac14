package dev.realtime.gateway.web;

import dev.realtime.gateway.chat.ChatPlan;
import dev.realtime.gateway.protocol.Attachment;
import dev.realtime.gateway.protocol.Bounds;
import dev.realtime.gateway.protocol.ChatCommand;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.Encrypted;
import dev.realtime.gateway.protocol.Encryption;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Ids;
import dev.realtime.gateway.protocol.Role;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The bodies of the chat calls. Each refuses invalid content with {@code bad_request}. */
public final class ChatRequests {

  private ChatRequests() {}

  public record Chat(
      @Nullable String id,
      @Nullable ChatType type,
      @Nullable String title,
      @Nullable List<String> memberIds,
      @Nullable List<String> adminIds,
      @Nullable Encryption encryption) {

    /** Returns the plan of the chat that the path names; the body may not name another. */
    ChatPlan planFor(String chatId) {
      if (id != null && !id.equals(chatId)) {
        throw GatewayException.badRequest("id", "id must be that of the path, or be left out.");
      }
      return plan(chatId);
    }

    public ChatPlan plan(@Nullable String chatId) {
      String wanted = chatId == null ? null : Ids.check("id", chatId);
      if (type == null) {
        throw GatewayException.badRequest("type", "type is required.");
      }
      if (title != null
          && (title.length() > Bounds.TITLE_LENGTH
              || title.chars().anyMatch(Character::isISOControl))) {
        throw GatewayException.badRequest(
            "title", "title must have at most 200 characters, none of them control.");
      }
      if (memberIds == null) {
        throw GatewayException.badRequest("memberIds", "memberIds is required.");
      }
      return new ChatPlan(
          wanted,
          type,
          title,
          encryption,
          ChatPlan.roles(ids("memberIds", memberIds), ids("adminIds", adminIds)));
    }

    private static List<String> ids(String field, @Nullable List<String> values) {
      if (values == null) {
        return List.of();
      }
      if (values.size() > Bounds.MEMBERS) {
        throw GatewayException.badRequest(field, field + " must hold at most 1000 ids.");
      }
      return values.stream().map(value -> Ids.check(field, value)).toList();
    }
  }

  record Member(@Nullable Role role) {}

  record NewMessage(
      @Nullable String senderId,
      @Nullable String content,
      @Nullable String tempId,
      @Nullable String replyTo,
      @Nullable List<String> mentions,
      @Nullable List<Attachment> attachments,
      @Nullable Encrypted encrypted) {

    String sender() {
      return Ids.check("senderId", senderId);
    }

    /** Returns the command; a given Idempotency-Key replaces the body's {@code tempId}. */
    ChatCommand.SendMessage command(String chatId, @Nullable String key) {
      return new ChatCommand.SendMessage(
          chatId, content, key == null ? tempId : key, replyTo, mentions, attachments, encrypted);
    }
  }
}
