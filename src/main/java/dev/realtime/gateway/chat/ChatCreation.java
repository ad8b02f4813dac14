package dev.realtime.gateway.chat;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.Encryption;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.idempotency.Creations;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Creates chats, at most one per id and per direct pair, even under concurrent and repeated calls.
 */
@Component
public final class ChatCreation {

  /**
   * The result of a creation.
   *
   * @param duplicate whether the chat already existed; it is unchanged in that case
   */
  public record Created(String id, boolean duplicate) {}

  /**
   * The content of a user's request, with the members sorted so that their order does not matter.
   */
  private record Asked(
      ChatType type,
      @Nullable String title,
      @Nullable Encryption encryption,
      List<String> memberIds) {

    static Asked of(ChatPlan chat) {
      List<String> memberIds = chat.members().keySet().stream().sorted().toList();
      return new Asked(chat.type(), chat.title(), chat.encryption(), memberIds);
    }
  }

  private static final String CREATE =
      """
      insert into chats (id, type, title, encryption, direct_key, created_by, member_count)
      values (:id, :type, :title, :encryption, :directKey, :createdBy, :memberCount)
      on conflict do nothing
      """;

  // A chat with the requested id takes precedence over a chat of the requested pair.
  private static final String EXISTING =
      "select id from chats where id = :id or direct_key = :directKey order by id = :id desc limit"
          + " 1";

  private final Database database;
  private final ChatBeginning beginning;
  private final ChatMembers members;
  private final Creations creations;
  private final RoomPublisher publisher;

  ChatCreation(
      Database database,
      ChatBeginning beginning,
      ChatMembers members,
      Creations creations,
      RoomPublisher publisher) {
    this.database = database;
    this.beginning = beginning;
    this.members = members;
    this.creations = creations;
    this.publisher = publisher;
  }

  /**
   * Creates a chat, or returns the existing one with this id or of this direct pair unchanged.
   *
   * @param by the creator, who gets a reply; the other members get the event in their own rooms
   */
  public Mono<Created> create(String by, ChatPlan chat) {
    String id = chat.id() == null ? Identifiers.next().toString() : chat.id();
    return committed(by, chat, insertOrFind(id, by, chat));
  }

  /**
   * Creates a chat for a user. A command repeated with the same idempotency key returns the chat
   * that the first one created.
   *
   * @return fails with {@code conflict} if the key was used for another chat
   */
  public Mono<Created> createOnce(String by, String tempId, ChatPlan chat) {
    String id = Identifiers.next().toString();
    Creations.Key key = new Creations.Key("chat", by, tempId);
    return committed(
        by,
        chat,
        creations
            .claim(key, Asked.of(chat), id)
            .flatMap(claimed ->
                claimed.equals(id)
                    ? insertOrFind(id, by, chat).delayUntil(created -> correct(key, created))
                    : Mono.just(new Created(claimed, true))));
  }

  /** Stores the id of the existing chat under the key if the direct pair already had a chat. */
  private Mono<Void> correct(Creations.Key key, Created created) {
    return created.duplicate() ? creations.correct(key, created.id()) : Mono.empty();
  }

  private Mono<Created> committed(String by, ChatPlan chat, Mono<Created> creation) {
    return creation
        .delayUntil(created ->
            created.duplicate()
                ? Mono.empty()
                : database.afterCommit(() -> announce(created.id(), by, chat)))
        .as(database::inTransaction);
  }

  private Mono<Created> insertOrFind(String id, String by, ChatPlan chat) {
    return insert(id, by, chat)
        .flatMap(inserted ->
            inserted
                ? beginning
                    .begin(id)
                    .then(members.fill(id, chat.members()))
                    .thenReturn(new Created(id, false))
                : existing(id, chat).map(found -> new Created(found, true)));
  }

  private Mono<Boolean> insert(String id, String by, ChatPlan chat) {
    String encryption = chat.encryption() == null ? null : chat.encryption().wireName();
    return database
        .sql(CREATE)
        .bind("id", id)
        .bind("type", chat.type().wireName())
        .bind("title", chat.title(), String.class)
        .bind("encryption", encryption, String.class)
        .bind("directKey", chat.directKey(), String.class)
        .bind("createdBy", by)
        .bind("memberCount", chat.members().size())
        .rowsUpdated()
        .map(rows -> rows > 0);
  }

  private Mono<String> existing(String id, ChatPlan chat) {
    return database
        .sql(EXISTING)
        .bind("id", id)
        .bind("directKey", chat.directKey(), String.class)
        .map(row -> row.text("id"))
        .one()
        .switchIfEmpty(Mono.error(() -> GatewayException.of(ErrorCode.CONFLICT)));
  }

  /**
   * Publishes the creation to the members' own rooms only, with rev 0 because it is not a change of
   * the chat.
   */
  private void announce(String id, String by, ChatPlan chat) {
    for (String userId : chat.members().keySet()) {
      if (!userId.equals(by)) {
        publisher.publish(
            RoomId.user(userId), new ChatEvent.MemberChanged(id, 0, userId, MemberAction.ADD, by));
      }
    }
  }
}
