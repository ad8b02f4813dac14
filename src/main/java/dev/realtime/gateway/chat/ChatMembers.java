package dev.realtime.gateway.chat;

import dev.realtime.gateway.chat.ChatTransactions.LockedChat;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.protocol.Role;
import dev.realtime.gateway.store.Database;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Who is in a chat: members come, go and change role, by each other or by the platform. */
@Component
public class ChatMembers {

  /** Members of a chat at most. */
  public static final int MAX_MEMBERS = 1_000;

  /** Who made a change that no user made. */
  public static final String PLATFORM = "platform";

  private final Database database;
  private final ChatTransactions transactions;

  ChatMembers(Database database, ChatTransactions transactions) {
    this.database = database;
    this.transactions = transactions;
  }

  /**
   * A change a user asks for. What is already so is left so.
   *
   * <p>Fails with {@code forbidden} (not a member, not an admin, another's mute), {@code conflict}
   * (a direct chat, or the chat is full) or {@code not_found} (nobody to promote or demote).
   */
  Mono<Void> change(String by, String chatId, String userId, MemberAction action) {
    return transactions
        .in(
            chatId,
            chat ->
                members(chatId)
                    .flatMap(members -> permitted(by, userId, action, chat, members))
                    .flatMap(members -> apply(by, userId, action, chat, members))
                    .thenReturn(true))
        .switchIfEmpty(Mono.error(() -> forbidden("You are not a member.")))
        .then();
  }

  private static Mono<Map<String, Role>> permitted(
      String by, String userId, MemberAction action, LockedChat chat, Map<String, Role> members) {
    Role role = members.get(by);
    boolean self = by.equals(userId);
    if (role == null) {
      return Mono.error(forbidden("You are not a member."));
    }
    return switch (action) {
      case MUTE, UNMUTE ->
          self ? Mono.just(members) : Mono.error(forbidden("Mute is everyone's own."));
      case ADD, REMOVE, PROMOTE, DEMOTE -> {
        if (chat.isDirect()) {
          yield Mono.error(
              GatewayException.of(ErrorCode.CONFLICT, "A direct chat changes no members."));
        }
        boolean may = role == Role.ADMIN || (self && action == MemberAction.REMOVE);
        yield may ? Mono.just(members) : Mono.error(forbidden("Only admins may do this."));
      }
    };
  }

  private Mono<Void> apply(
      String by, String userId, MemberAction action, LockedChat chat, Map<String, Role> members) {
    return switch (action) {
      case ADD -> add(by, userId, Role.MEMBER, chat, members);
      case REMOVE -> remove(by, userId, chat, members);
      case PROMOTE -> setRole(by, userId, Role.ADMIN, chat, members);
      case DEMOTE -> setRole(by, userId, Role.MEMBER, chat, members);
      case MUTE -> setMuted(chat.id(), userId, true);
      case UNMUTE -> setMuted(chat.id(), userId, false);
    };
  }

  /**
   * Puts a user into a chat, with a role where one is given; by the platform.
   *
   * <p>Fails with {@code not_found} (no such chat) or {@code conflict} (direct, or full).
   */
  public Mono<Void> put(String chatId, String userId, @Nullable Role role) {
    return byPlatform(
        chatId,
        (chat, members) -> {
          Role present = members.get(userId);
          if (present == null) {
            return add(PLATFORM, userId, role == null ? Role.MEMBER : role, chat, members);
          }
          return role == null ? Mono.empty() : setRole(PLATFORM, userId, role, chat, members);
        });
  }

  /**
   * Takes a user out of a chat; by the platform. Nothing happens where there is no such chat. Fails
   * with {@code conflict} (direct).
   */
  public Mono<Void> remove(String chatId, String userId) {
    return byPlatform(chatId, (chat, members) -> remove(PLATFORM, userId, chat, members))
        .onErrorComplete(ChatMembers::isNotFound);
  }

  private static boolean isNotFound(Throwable failure) {
    return failure instanceof GatewayException refusal && refusal.code() == ErrorCode.NOT_FOUND;
  }

  private Mono<Void> byPlatform(
      String chatId, BiFunction<LockedChat, Map<String, Role>, Mono<Void>> change) {
    return transactions
        .in(
            chatId,
            chat ->
                chat.isDirect()
                    ? Mono.<Boolean>error(
                        GatewayException.of(
                            ErrorCode.CONFLICT, "A direct chat changes no members."))
                    : members(chatId)
                        .flatMap(members -> change.apply(chat, members))
                        .thenReturn(true))
        .switchIfEmpty(Mono.error(() -> GatewayException.of(ErrorCode.NOT_FOUND)))
        .then();
  }

  /** Whether a chat's members are exactly these. */
  Mono<Boolean> are(LockedChat chat, Set<String> userIds) {
    return members(chat.id()).map(members -> members.keySet().equals(userIds));
  }

  /**
   * Makes a locked chat's members exactly these, in three statements however many they are: who
   * writes to the chat waits meanwhile.
   */
  Mono<Void> replace(LockedChat chat, Map<String, Role> wanted) {
    return members(chat.id())
        .flatMap(present -> {
          Set<String> gone = new LinkedHashSet<>(present.keySet());
          gone.removeAll(wanted.keySet());
          Map<String, Role> come = new LinkedHashMap<>(wanted);
          come.keySet().removeAll(present.keySet());
          Map<String, Role> other = new LinkedHashMap<>(wanted);
          other
              .entrySet()
              .removeIf(entry -> isSo(present, entry) || come.containsKey(entry.getKey()));
          gone.forEach(userId -> changed(PLATFORM, userId, MemberAction.REMOVE, chat));
          come.forEach((userId, role) -> came(userId, role, chat));
          other.forEach((userId, role) -> changed(PLATFORM, userId, actionFor(role), chat));
          boolean hadAdmin = present.containsValue(Role.ADMIN);
          return deleteAll(chat, gone)
              .then(insertAll(chat, come))
              .then(updateAll(chat, other))
              .then(
                  Mono.defer(() ->
                      hadAdmin
                          ? keepAnAdmin(PLATFORM, "", chat, new LinkedHashMap<>(wanted))
                          : Mono.empty()));
        });
  }

  private static boolean isSo(Map<String, Role> present, Map.Entry<String, Role> wanted) {
    return present.get(wanted.getKey()) == wanted.getValue();
  }

  private static void came(String userId, Role role, LockedChat chat) {
    changed(PLATFORM, userId, MemberAction.ADD, chat);
    if (role == Role.ADMIN) {
      changed(PLATFORM, userId, MemberAction.PROMOTE, chat);
    }
  }

  private static MemberAction actionFor(Role role) {
    return role == Role.ADMIN ? MemberAction.PROMOTE : MemberAction.DEMOTE;
  }

  private Mono<Void> deleteAll(LockedChat chat, Set<String> userIds) {
    return userIds.isEmpty()
        ? Mono.empty()
        : database
            .sql("delete from chat_members where chat_id = $1 and user_id = any ($2)")
            .bind("$1", chat.id())
            .bind("$2", userIds.toArray(String[]::new))
            .then();
  }

  private Mono<Void> insertAll(LockedChat chat, Map<String, Role> members) {
    return withRoles(
        "insert into chat_members (chat_id, user_id, role)"
            + " select $1, u.user_id, u.role from unnest($2, $3) as u (user_id, role)",
        chat,
        members);
  }

  private Mono<Void> updateAll(LockedChat chat, Map<String, Role> members) {
    return withRoles(
        "update chat_members m set role = u.role from unnest($2, $3) as u (user_id, role)"
            + " where m.chat_id = $1 and m.user_id = u.user_id",
        chat,
        members);
  }

  private Mono<Void> withRoles(String sql, LockedChat chat, Map<String, Role> members) {
    return members.isEmpty()
        ? Mono.empty()
        : database
            .sql(sql)
            .bind("$1", chat.id())
            .bind("$2", members.keySet().toArray(String[]::new))
            .bind("$3", members.values().stream().map(Role::wireName).toArray(String[]::new))
            .then();
  }

  private Mono<Map<String, Role>> members(String chatId) {
    return database
        .sql(
            "select user_id, role from chat_members where chat_id = $1 order by joined_at, user_id")
        .bind("$1", chatId)
        .map(row ->
            Map.entry(
                ChatRows.text(row, "user_id", String.class),
                Role.of(ChatRows.text(row, "role", String.class))))
        .all()
        .collectMap(Map.Entry::getKey, Map.Entry::getValue, LinkedHashMap::new);
  }

  private Mono<Void> add(
      String by, String userId, Role role, LockedChat chat, Map<String, Role> members) {
    if (members.containsKey(userId)) {
      return Mono.empty();
    }
    if (members.size() >= MAX_MEMBERS) {
      return Mono.error(GatewayException.of(ErrorCode.CONFLICT, "The chat is full."));
    }
    members.put(userId, role);
    changed(by, userId, MemberAction.ADD, chat);
    return database
        .sql("insert into chat_members (chat_id, user_id, role) values ($1, $2, $3)")
        .bind("$1", chat.id())
        .bind("$2", userId)
        .bind("$3", role.wireName())
        .then()
        .doOnSuccess(_ -> {
          if (role == Role.ADMIN) {
            changed(by, userId, MemberAction.PROMOTE, chat);
          }
        });
  }

  private Mono<Void> remove(String by, String userId, LockedChat chat, Map<String, Role> members) {
    boolean admin = members.get(userId) == Role.ADMIN;
    return takeOut(by, userId, chat, members)
        .then(Mono.defer(() -> admin ? keepAnAdmin(by, userId, chat, members) : Mono.empty()));
  }

  private Mono<Void> takeOut(String by, String userId, LockedChat chat, Map<String, Role> members) {
    if (members.remove(userId) == null) {
      return Mono.empty();
    }
    changed(by, userId, MemberAction.REMOVE, chat);
    return database
        .sql("delete from chat_members where chat_id = $1 and user_id = $2")
        .bind("$1", chat.id())
        .bind("$2", userId)
        .then();
  }

  private Mono<Void> setRole(
      String by, String userId, Role role, LockedChat chat, Map<String, Role> members) {
    boolean admin = members.get(userId) == Role.ADMIN;
    return assign(by, userId, role, chat, members)
        .then(Mono.defer(() -> admin ? keepAnAdmin(by, userId, chat, members) : Mono.empty()));
  }

  private Mono<Void> assign(
      String by, String userId, Role role, LockedChat chat, Map<String, Role> members) {
    Role present = members.get(userId);
    if (present == null) {
      return Mono.error(
          GatewayException.field(ErrorCode.NOT_FOUND, "userId", "There is no such member."));
    }
    if (present == role) {
      return Mono.empty();
    }
    members.put(userId, role);
    changed(by, userId, role == Role.ADMIN ? MemberAction.PROMOTE : MemberAction.DEMOTE, chat);
    return database
        .sql("update chat_members set role = $3 where chat_id = $1 and user_id = $2")
        .bind("$1", chat.id())
        .bind("$2", userId)
        .bind("$3", role.wireName())
        .then();
  }

  /** When the last admin goes, the oldest of the other members becomes one. */
  private Mono<Void> keepAnAdmin(
      String by, String gone, LockedChat chat, Map<String, Role> members) {
    if (members.isEmpty() || members.containsValue(Role.ADMIN)) {
      return Mono.empty();
    }
    String oldest =
        members.keySet().stream().filter(userId -> !userId.equals(gone)).findFirst().orElse(gone);
    return setRole(by, oldest, Role.ADMIN, chat, members);
  }

  private Mono<Void> setMuted(String chatId, String userId, boolean muted) {
    return database
        .sql("update chat_members set muted = $3 where chat_id = $1 and user_id = $2")
        .bind("$1", chatId)
        .bind("$2", userId)
        .bind("$3", muted)
        .then();
  }

  private static void changed(String by, String userId, MemberAction action, LockedChat chat) {
    chat.changed(new ChatEvent.MemberChanged(chat.id(), chat.nextRev(), userId, action, by));
  }

  private static GatewayException forbidden(String sentence) {
    return GatewayException.of(ErrorCode.FORBIDDEN, sentence);
  }
}
