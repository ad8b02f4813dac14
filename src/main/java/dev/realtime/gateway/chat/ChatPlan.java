package dev.realtime.gateway.chat;

import dev.realtime.gateway.protocol.Bounds;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.Encryption;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Role;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A chat to be created.
 *
 * @param id the id that the platform chose; null lets the gateway choose one
 * @param members the members and their roles; exactly two for a direct chat
 */
public record ChatPlan(
    @Nullable String id,
    ChatType type,
    @Nullable String title,
    @Nullable Encryption encryption,
    Map<String, Role> members) {

  public ChatPlan {
    if (type == ChatType.DIRECT && members.size() != 2) {
      throw GatewayException.badRequest(
          "memberIds", "A direct chat must have exactly two members.");
    }
    if (members.size() > Bounds.MEMBERS) {
      throw GatewayException.badRequest(
          "memberIds", "A chat has at most " + Bounds.MEMBERS + " members.");
    }
  }

  /**
   * Returns the sorted pair of a direct chat as an unambiguous key; null for other chats. The
   * length of the first id separates the two, since ids may contain any character.
   */
  public @Nullable String directKey() {
    if (type != ChatType.DIRECT) {
      return null;
    }
    List<String> pair = members.keySet().stream().sorted().toList();
    return pair.getFirst().length() + ":" + pair.getFirst() + pair.getLast();
  }

  /** Returns roles by user id: the admins listed here, and ordinary members for all others. */
  public static Map<String, Role> roles(List<String> memberIds, List<String> adminIds) {
    Set<String> admins = Set.copyOf(adminIds);
    return Stream.concat(memberIds.stream(), adminIds.stream())
        .distinct()
        .collect(
            Collectors.toMap(
                userId -> userId,
                userId -> admins.contains(userId) ? Role.ADMIN : Role.MEMBER,
                (first, _) -> first,
                LinkedHashMap::new));
  }
}
