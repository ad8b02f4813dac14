package dev.realtime.gateway.chat;

import dev.realtime.gateway.chat.ChatTransactions.LockedChat;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.protocol.Role;
import dev.realtime.gateway.security.Caller;
import dev.realtime.gateway.store.Database;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Stores changes of a chat's members: locks the chat, applies the rules of {@link Roster}, writes
 * the difference in at most three statements, and records the events.
 */
@Component
public final class ChatMembers {

  private static final String MEMBERS =
      "select user_id, role from chat_members where chat_id = :chatId order by joined_at, user_id";

  private static final String DELETE =
      "delete from chat_members where chat_id = :chatId and user_id = any (:userIds)";

  // The markers of a new member begin at the chat's base: there are no messages below it.
  private static final String INSERT =
      """
      insert into chat_members (chat_id, user_id, role, read_seq, delivered_seq)
      select c.id, u.user_id, u.role, c.base_seq, c.base_seq
      from chats c cross join unnest(:userIds, :roles) as u (user_id, role)
      where c.id = :chatId
      """;

  private static final String UPDATE =
      """
      update chat_members m set role = u.role from unnest(:userIds, :roles) as u (user_id, role)
      where m.chat_id = :chatId and m.user_id = u.user_id
      """;

  private static final String MUTE =
      "update chat_members set muted = :muted where chat_id = :chatId and user_id = :userId";

  private final Database database;
  private final ChatTransactions transactions;

  ChatMembers(Database database, ChatTransactions transactions) {
    this.database = database;
    this.transactions = transactions;
  }

  /**
   * Makes a change that a user requests; {@link Roster#change} lists the errors. A user who is not
   * a member gets the same error whether or not the chat exists.
   */
  public Mono<Void> change(String by, String chatId, String userId, MemberAction action) {
    return switch (action) {
      case MUTE -> mute(by, chatId, userId, true);
      case UNMUTE -> mute(by, chatId, userId, false);
      case ADD, REMOVE, PROMOTE, DEMOTE ->
          transactions
              .in(
                  chatId,
                  chat ->
                      edit(chat, by, roster -> roster.change(by, userId, action)).thenReturn(true))
              .switchIfEmpty(Mono.error(Roster::notAMember))
              .then();
    };
  }

  /**
   * Adds a member for the platform, or changes the role of an existing member.
   *
   * <p>Fails with {@code not_found} (no such chat) or {@code conflict} (a direct chat, or a full
   * one).
   *
   * @param role null keeps the role of an existing member, and gives a new member the ordinary role
   */
  public Mono<Void> put(String chatId, String userId, @Nullable Role role) {
    return transactions
        .in(
            chatId,
            chat ->
                edit(chat, Caller.PLATFORM, roster -> roster.put(userId, role)).thenReturn(true))
        .switchIfEmpty(Mono.error(() -> GatewayException.of(ErrorCode.NOT_FOUND)))
        .then();
  }

  /**
   * Removes a member for the platform. Does nothing if there is no such chat or member. Fails with
   * {@code conflict} for a direct chat.
   */
  public Mono<Void> remove(String chatId, String userId) {
    return transactions
        .in(
            chatId,
            chat -> edit(chat, Caller.PLATFORM, roster -> roster.remove(userId)).thenReturn(true))
        .then();
  }

  /** Replaces the members of a locked chat by these, for the platform. */
  public Mono<Void> replace(LockedChat chat, Map<String, Role> wanted) {
    return edit(chat, Caller.PLATFORM, roster -> roster.replaceBy(wanted));
  }

  /** Edits the roster of a locked chat, writes the difference, and records an event per change. */
  private Mono<Void> edit(LockedChat chat, String by, Consumer<Roster> change) {
    return members(chat.id())
        .flatMap(stored -> {
          Roster roster = new Roster(chat.type(), stored);
          change.accept(roster);
          roster.changes().forEach(each -> record(chat, by, each));
          if (!roster.changes().isEmpty()) {
            chat.membersChanged(roster.size());
          }
          return write(chat.id(), roster.difference());
        });
  }

  private static void record(LockedChat chat, String by, Roster.Change change) {
    chat.changed(
        new ChatEvent.MemberChanged(
            chat.id(), chat.nextRev(), change.userId(), change.action(), by));
  }

  private Mono<Void> write(String chatId, Roster.Difference difference) {
    return delete(chatId, difference.removed())
        .then(withRoles(INSERT, chatId, difference.added()))
        .then(withRoles(UPDATE, chatId, difference.assigned()));
  }

  private Mono<Map<String, Role>> members(String chatId) {
    return database
        .sql(MEMBERS)
        .bind("chatId", chatId)
        .map(row -> Map.entry(row.text("user_id"), Role.of(row.text("role"))))
        .all()
        .collectMap(Map.Entry::getKey, Map.Entry::getValue, LinkedHashMap::new);
  }

  private Mono<Void> delete(String chatId, Set<String> userIds) {
    return userIds.isEmpty()
        ? Mono.empty()
        : database.sql(DELETE).bind("chatId", chatId).bindTexts("userIds", userIds).then();
  }

  /** Writes the members of a chat that was created in this transaction. */
  Mono<Void> fill(String chatId, Map<String, Role> members) {
    return withRoles(INSERT, chatId, members);
  }

  private Mono<Void> withRoles(String sql, String chatId, Map<String, Role> members) {
    return members.isEmpty()
        ? Mono.empty()
        : database
            .sql(sql)
            .bind("chatId", chatId)
            .bindTexts("userIds", members.keySet())
            .bindTexts("roles", members.values().stream().map(Role::wireName).toList())
            .then();
  }

  /**
   * Mutes a chat for one member: a plain update of the member's own row, without the chat's lock.
   */
  private Mono<Void> mute(String by, String chatId, String userId, boolean muted) {
    Roster.requireSelf(by, userId);
    return database
        .sql(MUTE)
        .bind("chatId", chatId)
        .bind("userId", userId)
        .bind("muted", muted)
        .rowsUpdated()
        .filter(rows -> rows > 0)
        .switchIfEmpty(Mono.error(Roster::notAMember))
        .then();
  }
}
