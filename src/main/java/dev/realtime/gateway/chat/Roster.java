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
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The members of one chat and their roles, with the rules for changing them. A roster belongs to
 * one transaction: it starts with the stored members and collects the changes made to it.
 *
 * <p>A chat that has an admin keeps one: when the last admin leaves or is demoted, the member who
 * joined the chat first becomes admin.
 */
public final class Roster {

  /** A change that is published to the members of the chat. */
  record Change(String userId, MemberAction action) {}

  /**
   * The difference between the roster and the stored members.
   *
   * @param assigned members whose role has changed
   */
  record Difference(Set<String> removed, Map<String, Role> added, Map<String, Role> assigned) {}

  private final ChatType type;
  private final Map<String, Role> stored;
  private final List<Change> changes = new ArrayList<>();
  private Map<String, Role> members;

  /**
   * Creates the roster of a chat.
   *
   * @param stored the stored members, those who joined first come first
   */
  Roster(ChatType type, Map<String, Role> stored) {
    this.type = type;
    this.stored = new LinkedHashMap<>(stored);
    this.members = new LinkedHashMap<>(stored);
  }

  /**
   * Makes a change that a user requests. A change that is already in effect does nothing.
   *
   * @param by the user who requests the change
   * @param userId the member to be changed
   * @param action not a mute, which {@link #requireSelf} permits
   * @throws GatewayException {@code forbidden} (not a member, not an admin), {@code conflict} (a
   *     direct chat, or the chat is full) or {@code not_found} (no such member to promote or
   *     demote)
   */
  void change(String by, String userId, MemberAction action) {
    permit(by, userId, action);
    switch (action) {
      case MUTE, UNMUTE -> throw notOfTheRoster(action);
      case ADD -> add(userId, Role.MEMBER);
      case REMOVE -> takeOut(userId);
      case PROMOTE -> assign(userId, Role.ADMIN);
      case DEMOTE -> assign(userId, Role.MEMBER);
    }
  }

  /** Only the member's own row stores a mute, and nothing of it is shared. */
  private static IllegalArgumentException notOfTheRoster(MemberAction action) {
    return new IllegalArgumentException(action + " does not change the roster.");
  }

  private void permit(String by, String userId, MemberAction action) {
    Role role = members.get(by);
    boolean self = by.equals(userId);
    if (role == null) {
      throw notAMember();
    }
    requireGroup();
    if (role != Role.ADMIN && !(self && action == MemberAction.REMOVE)) {
      throw forbidden("Only an admin may change the members of a chat.");
    }
  }

  /**
   * Adds a member, or changes the role of an existing member, for the platform.
   *
   * @param role null keeps the role of an existing member, and gives a new member the ordinary role
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
   * Removes a member for the platform; does nothing if the user is not a member.
   *
   * @throws GatewayException {@code conflict} (a direct chat)
   */
  void remove(String userId) {
    requireGroup();
    takeOut(userId);
  }

  /**
   * Replaces the members by these, for the platform.
   *
   * @param wanted the members and their roles; the member who joined first becomes admin if the
   *     chat would lose its last admin
   * @throws GatewayException {@code conflict} (these are not the pair of the direct chat)
   */
  void replaceBy(Map<String, Role> wanted) {
    if (type == ChatType.DIRECT) {
      requirePair(wanted.keySet());
      return;
    }
    Map<String, Role> before = members;
    members = keepingAnAdmin(before, inOrderOfJoining(before, wanted));
    before.keySet().stream()
        .filter(userId -> !wanted.containsKey(userId))
        .forEach(userId -> changed(userId, MemberAction.REMOVE));
    wanted.keySet().stream()
        .filter(userId -> !before.containsKey(userId))
        .forEach(userId -> added(userId, roleOf(userId)));
    wanted.keySet().stream()
        .filter(userId -> before.containsKey(userId) && before.get(userId) != roleOf(userId))
        .forEach(userId -> assigned(userId, roleOf(userId)));
  }

  private static Map<String, Role> inOrderOfJoining(
      Map<String, Role> before, Map<String, Role> wanted) {
    Map<String, Role> ordered = new LinkedHashMap<>(before);
    ordered.keySet().retainAll(wanted.keySet());
    ordered.putAll(wanted);
    return ordered;
  }

  private static Map<String, Role> keepingAnAdmin(
      Map<String, Role> before, Map<String, Role> after) {
    if (before.containsValue(Role.ADMIN) && !after.containsValue(Role.ADMIN)) {
      after.keySet().stream().findFirst().ifPresent(oldest -> after.put(oldest, Role.ADMIN));
    }
    return after;
  }

  private Role roleOf(String userId) {
    return Objects.requireNonNull(members.get(userId));
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

  /**
   * Promotes a member if no admin is left. The member who just stopped being admin is chosen only
   * if there is no other member.
   */
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

  /** Returns how many members there are. */
  int size() {
    return members.size();
  }

  /** Returns the changes in the order in which they are published. */
  List<Change> changes() {
    return List.copyOf(changes);
  }

  /** Returns the difference that must be written, however many changes led to it. */
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

  /**
   * Checks that a mute is one's own.
   *
   * @throws GatewayException {@code forbidden}
   */
  static void requireSelf(String by, String userId) {
    if (!by.equals(userId)) {
      throw forbidden("You can mute a chat only for yourself.");
    }
  }

  /** Returns the error for a user who is not a member, and for a chat that does not exist. */
  public static GatewayException notAMember() {
    return forbidden("You are not a member of this chat.");
  }

  private static GatewayException forbidden(String sentence) {
    return GatewayException.of(ErrorCode.FORBIDDEN, sentence);
  }
}
