package dev.realtime.gateway.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.chat.ChatTransactions.LockedChat;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.Encryption;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.protocol.Role;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.store.Creations;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Failures;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Chats come into being, get another title, and go. */
@Component
public class Chats {

  /**
   * A chat to be.
   *
   * @param id the platform's; null lets the gateway choose one
   * @param members who is in it, with their roles; two for a direct chat
   */
  public record Plan(
      @Nullable String id,
      ChatType type,
      @Nullable String title,
      @Nullable Encryption encryption,
      Map<String, Role> members) {

    public Plan {
      if (type == ChatType.DIRECT && members.size() != 2) {
        throw GatewayException.badRequest("memberIds", "A direct chat has two members.");
      }
      if (members.size() > ChatMembers.MAX_MEMBERS) {
        throw GatewayException.badRequest(
            "memberIds", "A chat has at most " + ChatMembers.MAX_MEMBERS + " members.");
      }
    }

    /** The sorted pair of a direct chat, unmistakable whatever the ids contain; else null. */
    public @Nullable String directKey() {
      if (type != ChatType.DIRECT) {
        return null;
      }
      List<String> pair = members.keySet().stream().sorted().toList();
      return pair.getFirst().length() + ":" + pair.getFirst() + pair.getLast();
    }
  }

  /** What a user asked for, whatever the order of the members. */
  private record Asked(
      ChatType type,
      @Nullable String title,
      @Nullable Encryption encryption,
      List<String> memberIds) {

    static Asked of(Plan plan) {
      List<String> memberIds = plan.members().keySet().stream().sorted().toList();
      return new Asked(plan.type(), plan.title(), plan.encryption(), memberIds);
    }
  }

  /**
   * A chat that is there.
   *
   * @param created whether it was not there before
   */
  public record Known(String id, boolean created) {}

  /** A chat as the platform sees it. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Summary(
      String id, ChatType type, @Nullable String title, List<String> memberIds, long lastSeq) {}

  private static final String CREATE =
      """
      insert into chats (id, type, title, encryption, direct_key, created_by)
      values ($1, $2, $3, $4, $5, $6)
      on conflict do nothing
      """;

  private static final String FILL =
      """
      insert into chat_members (chat_id, user_id, role)
      select $1, u.user_id, u.role from unnest($2, $3) as u (user_id, role)
      """;

  private static final String SUMMARY =
      """
      select c.id, c.type, c.title, c.last_seq,
             (select array_agg(m.user_id order by m.joined_at, m.user_id)
              from chat_members m where m.chat_id = c.id) as members
      from chats c where c.id = $1
      """;

  private final Database database;
  private final ChatTransactions chats;
  private final ChatMembers members;
  private final DeletedChats deleted;
  private final Creations creations;
  private final RoomPublisher publisher;

  Chats(
      Database database,
      ChatTransactions chats,
      ChatMembers members,
      DeletedChats deleted,
      Creations creations,
      RoomPublisher publisher) {
    this.database = database;
    this.chats = chats;
    this.members = members;
    this.deleted = deleted;
    this.creations = creations;
    this.publisher = publisher;
  }

  /**
   * Creates a chat, or finds the one with this id or of this direct pair, which is left unchanged.
   *
   * @param by who does it; members learn it from their own rooms
   */
  public Mono<Known> create(String by, Plan plan) {
    String id = plan.id() == null ? Identifiers.next().toString() : plan.id();
    return committed(by, plan, make(id, by, plan));
  }

  /**
   * Creates a chat that a user may ask for again under the same mark, and finds it then.
   *
   * @return fails with {@code conflict} if another chat was asked for under this mark
   */
  Mono<Known> createOnce(String by, String tempId, Plan plan) {
    String id = Identifiers.next().toString();
    Creations.Mark mark = new Creations.Mark("chat", by, tempId);
    return committed(
        by,
        plan,
        creations
            .claim(mark, Asked.of(plan), id)
            .flatMap(made ->
                made.equals(id)
                    ? make(id, by, plan).delayUntil(known -> note(mark, known))
                    : Mono.just(new Known(made, false))));
  }

  /** A direct pair may have had a chat before, under its own id. */
  private Mono<Void> note(Creations.Mark mark, Known known) {
    return known.created() ? Mono.empty() : creations.correct(mark, known.id());
  }

  private Mono<Known> committed(String by, Plan plan, Mono<Known> made) {
    return made.delayUntil(known ->
            known.created()
                ? database.afterCommit(() -> announce(known.id(), by, plan))
                : Mono.empty())
        .as(database::inTransaction)
        .onErrorMap(Failures::isDuplicate, _ -> stillBeingDeleted());
  }

  private Mono<Known> make(String id, String by, Plan plan) {
    return insert(id, by, plan)
        .flatMap(created ->
            created
                ? Mono.just(new Known(id, true))
                : existing(id, plan).map(found -> new Known(found, false)));
  }

  public static GatewayException stillBeingDeleted() {
    return conflict("id", "The messages of a deleted chat of this id are still being deleted.");
  }

  private Mono<Boolean> insert(String id, String by, Plan plan) {
    String encryption = plan.encryption() == null ? null : plan.encryption().wireName();
    return database
        .sql(CREATE)
        .bind("$1", id)
        .bind("$2", plan.type().wireName())
        .bind("$3", plan.title(), String.class)
        .bind("$4", encryption, String.class)
        .bind("$5", plan.directKey(), String.class)
        .bind("$6", by)
        .rowsUpdated()
        .flatMap(rows -> rows == 0 ? Mono.just(false) : fill(id, plan).thenReturn(true));
  }

  private Mono<Void> fill(String id, Plan plan) {
    List<String> userIds = List.copyOf(plan.members().keySet());
    return database
        .sql(FILL)
        .bind("$1", id)
        .bind("$2", userIds.toArray(String[]::new))
        .bind(
            "$3",
            userIds.stream()
                .map(userId -> Objects.requireNonNull(plan.members().get(userId)).wireName())
                .toArray(String[]::new))
        .then();
  }

  /** The one of this id goes before the one of this pair. */
  private Mono<String> existing(String id, Plan plan) {
    return database
        .sql(
            "select id from chats where id = $1 or direct_key = $2"
                + " order by id = $1 desc limit 1")
        .bind("$1", id)
        .bind("$2", plan.directKey(), String.class)
        .map(row -> ChatRows.text(row, "id", String.class))
        .one()
        .switchIfEmpty(Mono.error(() -> GatewayException.of(ErrorCode.CONFLICT)));
  }

  /** The creation is no change of the chat: it is told with rev 0, to own rooms only. */
  private void announce(String id, String by, Plan plan) {
    for (String userId : plan.members().keySet()) {
      if (!userId.equals(by)) {
        publisher.publish(
            RoomId.user(userId), new ChatEvent.MemberChanged(id, 0, userId, MemberAction.ADD, by));
      }
    }
  }

  /**
   * Creates a chat or makes an existing one's title and members these. Fails with {@code conflict}
   * where that cannot be: a direct chat stays the chat of its pair, under its id, and no chat
   * changes its type.
   */
  public Mono<Known> upsert(Plan plan) {
    return create(ChatMembers.PLATFORM, plan)
        .flatMap(known ->
            known.created()
                ? Mono.just(known)
                : chats
                    .in(known.id(), chat -> align(chat, plan).thenReturn(known))
                    .switchIfEmpty(Mono.error(() -> GatewayException.of(ErrorCode.NOT_FOUND))));
  }

  private Mono<Void> align(LockedChat chat, Plan plan) {
    if (!chat.id().equals(plan.id())) {
      return Mono.error(conflict("memberIds", "This pair has the chat " + chat.id() + "."));
    }
    if (chat.isDirect() != (plan.type() == ChatType.DIRECT)) {
      return Mono.error(conflict("type", "A chat keeps its type."));
    }
    if (!chat.isDirect()) {
      return retitle(chat, plan.title()).then(members.replace(chat, plan.members()));
    }
    return members
        .are(chat, plan.members().keySet())
        .flatMap(same ->
            same
                ? retitle(chat, plan.title())
                : Mono.error(conflict("memberIds", "A direct chat changes no members.")));
  }

  private static GatewayException conflict(String field, String sentence) {
    return GatewayException.field(ErrorCode.CONFLICT, field, sentence);
  }

  private Mono<Void> retitle(LockedChat chat, @Nullable String title) {
    if (chat.title().equals(title == null ? "" : title)) {
      return Mono.empty();
    }
    chat.changed(new ChatEvent.ChatUpdated(chat.id(), chat.nextRev(), title));
    return database
        .sql("update chats set title = $2 where id = $1")
        .bind("$1", chat.id())
        .bind("$2", title, String.class)
        .then();
  }

  /** A chat as the platform sees it; empty if there is none. */
  public Mono<Summary> summary(String id) {
    return database
        .sql(SUMMARY)
        .bind("$1", id)
        .map(row -> {
          String[] userIds = row.get("members", String[].class);
          return new Summary(
              id,
              ChatType.of(ChatRows.text(row, "type", String.class)),
              row.get("title", String.class),
              userIds == null ? List.of() : List.of(userIds),
              ChatRows.number(row, "last_seq"));
        })
        .one();
  }

  /** Deletes a chat and everything in it; its room is emptied on all instances. Idempotent. */
  public Mono<Void> delete(String id) {
    return summary(id)
        .flatMap(summary -> deleted.delete(id).then(database.afterCommit(() -> dismiss(summary))))
        .as(work -> chats.inTurn(id, database.inTransaction(work)));
  }

  private void dismiss(Summary chat) {
    for (String userId : chat.memberIds()) {
      publisher.publish(
          RoomId.user(userId),
          new ChatEvent.MemberChanged(
              chat.id(), 0, userId, MemberAction.REMOVE, ChatMembers.PLATFORM));
    }
    publisher.dismiss(RoomId.chat(chat.id()));
  }

  /** Roles by user: admins where named, members else. */
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
