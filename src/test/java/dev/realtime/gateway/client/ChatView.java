package dev.realtime.gateway.client;

import dev.realtime.gateway.protocol.Encrypted;
import dev.realtime.gateway.protocol.Role;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an app shows of a chat.
 *
 * @param members by user id; empty where the chat is too large to list them
 * @param messages by {@code seq}, those seen since the chat was first joined
 */
public record ChatView(
    @Nullable String title, Map<String, Role> members, Map<Long, Entry> messages) {

  public ChatView {
    members = Map.copyOf(members);
    messages = Map.copyOf(messages);
  }

  /**
   * One message.
   *
   * @param reactions how many have each reaction; empty for a deleted message
   */
  public record Entry(
      String id,
      String senderId,
      @Nullable String content,
      @Nullable Encrypted encrypted,
      @Nullable String tempId,
      boolean edited,
      boolean deleted,
      Map<String, Long> reactions) {

    public Entry {
      reactions = Map.copyOf(reactions);
    }
  }
}
