package dev.realtime.gateway.chat;

import dev.realtime.gateway.protocol.Bounds;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.protocol.Role;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The members of one chat and their roles, with the rules of changing them. A roster belongs to one
 * transaction: it starts with the stored members and says what the changes made to it are.
 *
 * <p>A chat that has an admin keeps one: when the last admin leaves or is demoted, the member who
 * has been in the chat longest becomes admin.
 */
public final class Roster {

  /** A change that the members of the chat hear of. */
  record Change(String userId, MemberAction action) {}

  /**
   * The difference between the roster and the stored members.
   *
   * @param assigned members whose role is another one now
   */
  record Difference(Set<String> removed, Map<String, Role> added, Map<String, Role> assigned) {}

  private final ChatType type;
  private final Map<String, Role> stored;
  private final List<Change> changes = new ArrayList<>();
  private Map<String, Role> members;

  /**
   * The roster of a chat.
   *
   * @param stored the stored members; those who have been in the chat longest come first
   */
  Roster(ChatType type, Map<String, Role> stored) {
    this.type = type;
    this.stored = new LinkedHashMap<>(stored);
    this.members = new LinkedHashMap<>(stored);
  }

  /**
   * Makes a change that a user asks for. A change that is already made changes nothing.
   *
   * @param by the user who asks
   * @param userId the member whom the change is about
   * @throws GatewayException {@code forbidden} (not a member, not an admin, another's mute), {@code
   *     conflict} (a direct chat, or the chat is full) or {@code not_found} (no such member to
   *     promote or demote)
   */
  void change(String by, String userId, MemberAction action) {
    permit(by, userId, action);
    switch (action) {
      case ADD -> add(userId, Role.MEMBER);
      case REMOVE -> takeOut(userId);
      case PROMOTE -> assign(userId, Role.ADMIN);
      case DEMOTE -> assign(userId, Role.MEMBER);
      case MUTE, UNMUTE -> {
        // A mute belongs to its member alone: the roster that all members share stays as it is.
      }
    }
  }

  private void permit(String by, String userId, MemberAction action) {
    Role role = members.get(by);
    boolean self = by.equals(userId);
    if (role == null) {
      throw notAMember();
    }
    switch (action) {
      case MUTE, UNMUTE -> {
        if (!self) {
          throw forbidden("You can mute a chat only for yourself.");
        }
      }
      case ADD, REMOVE, PROMOTE, DEMOTE -> {
        requireGroup();
        if (role != Role.ADMIN && !(self && action == MemberAction.REMOVE)) {
          throw forbidden("Only an admin may change the members of a chat.");
        }
      }
    }
  }

  /**
   * Adds a member, or gives a present member another role, for the platform.
   *
   * @param role null leaves a present member's role, and makes a new member an ordinary one
   * @throws GatewayException {@code conflict} (a direct chat, or the chat is full)
   */
  void put(String userId, @Nullable Role role) {
    requireGroup();
    if (!members.containsKey(userId)) {
      add(userId, role == null ? Role.MEMBER : role);
    } else if (role != null) {
      assign(userId, role);
    }
  }

  /**
   * Removes a member for the platform; a user who is no member changes nothing.
   *
   * @throws GatewayException {@code conflict} (a direct chat)
   */
  void remove(String userId) {
    requireGroup();
    takeOut(userId);
  }

  /**
   * Makes the members exactly these, for the platform.
   *
   * @param wanted the members and their roles; the first becomes admin where an admin is missing
   * @throws GatewayException {@code conflict} (another pair than that of the direct chat)
   */
  void replaceBy(Map<String, Role> wanted) {
    if (type == ChatType.DIRECT) {
      requirePair(wanted.keySet());
      return;
    }
    Map<String, Role> before = members;
    members = new LinkedHashMap<>(wanted);
    before.keySet().stream()
        .filter(userId -> !wanted.containsKey(userId))
        .forEach(userId -> changed(userId, MemberAction.REMOVE));
    wanted.forEach((userId, role) -> {
      if (!before.containsKey(userId)) {
        added(userId, role);
      }
    });
    wanted.forEach((userId, role) -> {
      if (before.containsKey(userId) && before.get(userId) != role) {
        assigned(userId, role);
      }
    });
    if (before.containsValue(Role.ADMIN)) {
      keepAnAdmin("");
    }
  }

  private void requirePair(Set<String> userIds) {
    if (!members.keySet().equals(userIds)) {
      throw GatewayException.field(
          ErrorCode.CONFLICT, "memberIds", "The members of a direct chat cannot be changed.");
    }
  }

  private void requireGroup() {
    if (type == ChatType.DIRECT) {
      throw GatewayException.of(
          ErrorCode.CONFLICT, "The members of a direct chat cannot be changed.");
    }
  }

  private void add(String userId, Role role) {
    if (members.containsKey(userId)) {
      return;
    }
    if (members.size() >= Bounds.MEMBERS) {
      throw GatewayException.of(ErrorCode.CONFLICT, "The chat is full.");
    }
    members.put(userId, role);
    added(userId, role);
  }

  private void takeOut(String userId) {
    Role role = members.remove(userId);
    if (role == null) {
      return;
    }
    changed(userId, MemberAction.REMOVE);
    if (role == Role.ADMIN) {
      keepAnAdmin(userId);
    }
  }

  private void assign(String userId, Role role) {
    Role present = members.get(userId);
    if (present == null) {
      throw GatewayException.field(ErrorCode.NOT_FOUND, "userId", "There is no such member.");
    }
    if (present == role) {
      return;
    }
    members.put(userId, role);
    assigned(userId, role);
    if (present == Role.ADMIN) {
      keepAnAdmin(userId);
    }
  }

  /** The member who has just stopped being admin is chosen only if there is no other member. */
  private void keepAnAdmin(String stopped) {
    if (members.isEmpty() || members.containsValue(Role.ADMIN)) {
      return;
    }
    String next =
        members.keySet().stream()
            .filter(userId -> !userId.equals(stopped))
            .findFirst()
            .orElse(stopped);
    assign(next, Role.ADMIN);
  }

  private void added(String userId, Role role) {
    changed(userId, MemberAction.ADD);
    if (role == Role.ADMIN) {
      changed(userId, MemberAction.PROMOTE);
    }
  }

  private void assigned(String userId, Role role) {
    changed(userId, role == Role.ADMIN ? MemberAction.PROMOTE : MemberAction.DEMOTE);
  }

  private void changed(String userId, MemberAction action) {
    changes.add(new Change(userId, action));
  }

  /** The changes in the order in which the members hear of them. */
  List<Change> changes() {
    return List.copyOf(changes);
  }

  /** What the store must write, however many changes led to it. */
  Difference difference() {
    Set<String> removed = new LinkedHashSet<>(stored.keySet());
    removed.removeAll(members.keySet());
    Map<String, Role> added = new LinkedHashMap<>(members);
    added.keySet().removeAll(stored.keySet());
    Map<String, Role> assigned = new LinkedHashMap<>(members);
    assigned
        .entrySet()
        .removeIf(member ->
            added.containsKey(member.getKey()) || stored.get(member.getKey()) == member.getValue());
    return new Difference(removed, added, assigned);
  }

  /** The refusal of whoever is no member, or asks for a chat that does not exist. */
  public static GatewayException notAMember() {
    return forbidden("You are not a member of this chat.");
  }

  private static GatewayException forbidden(String sentence) {
    return GatewayException.of(ErrorCode.FORBIDDEN, sentence);
  }
}
