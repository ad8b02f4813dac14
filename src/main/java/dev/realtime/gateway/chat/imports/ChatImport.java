package dev.realtime.gateway.chat.imports;

import dev.realtime.gateway.chat.ChatPlan;
import dev.realtime.gateway.chat.Draft;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Database.Purpose;
import dev.realtime.gateway.store.StoredJson;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Imports chats of another system with their history: numbered without gaps, with their original
 * times.
 *
 * <p>The import publishes nothing. A connection in the room of a chat receives the imported
 * messages after the next comparison of revs on its instance, within 15 s.
 */
@Component
public final class ChatImport {

  /** The effect of importing a chat. */
  public enum Outcome {
    /** The chat did not exist. */
    CREATED,
    /** The chat existed; messages were added to its history. */
    EXTENDED,
    /** The chat and all its messages existed. */
    UNCHANGED
  }

  private final Database database;
  private final ImportRepository repository;

  ChatImport(Database database, ImportRepository repository) {
    this.database = database;
    this.repository = repository;
  }

  /**
   * Imports a chat in one transaction, completely or not at all. Importing it again changes
   * nothing.
   *
   * <p>Fails with {@code conflict} (the pair has another chat, newer messages exist, or the
   * messages of a deleted chat of this id are still being deleted), {@code not_found} (no such chat
   * to continue, or no such message to reply to) or {@code bad_request}.
   */
  public Mono<Outcome> add(ImportedChat chat) {
    return Mono.fromSupplier(() -> chat.messages().stream().map(this::encoded).toList())
        .flatMap(encoded -> Purpose.BACKGROUND.of(database.inTransaction(add(chat, encoded))));
  }

  private Mono<Outcome> add(ImportedChat chat, List<EncodedMessage> encoded) {
    return requireReplies(chat)
        .then(Mono.defer(() -> create(chat)))
        .flatMap(created ->
            repository
                .lock(chat.id())
                .switchIfEmpty(Mono.error(() -> missing(chat)))
                .flatMap(progress -> extend(chat, encoded, progress))
                .map(extended -> outcome(created, extended)));
  }

  private static Outcome outcome(boolean created, boolean extended) {
    return created ? Outcome.CREATED : extended ? Outcome.EXTENDED : Outcome.UNCHANGED;
  }

  private Mono<Void> requireReplies(ImportedChat chat) {
    Set<UUID> replies = chat.earlierReplies();
    return replies.isEmpty()
        ? Mono.empty()
        : repository
            .count(chat.id(), replies)
            .flatMap(found ->
                found == replies.size()
                    ? Mono.empty()
                    : Mono.error(
                        GatewayException.field(
                            ErrorCode.NOT_FOUND,
                            "replyTo",
                            "There is no earlier message with this id in the chat.")));
  }

  private Mono<Boolean> create(ImportedChat chat) {
    ChatPlan plan = chat.plan();
    Instant createdAt = chat.createdAtOrFirst();
    return plan == null
        ? Mono.just(false)
        : repository.create(chat.id(), plan, createdAt == null ? null : milliseconds(createdAt));
  }

  private static GatewayException missing(ImportedChat chat) {
    return chat.plan() == null
        ? GatewayException.field(
            ErrorCode.NOT_FOUND, "id", "There is no such chat; give a type to create it.")
        : GatewayException.field(
            ErrorCode.CONFLICT,
            "memberIds",
            "These users already have a direct chat under another id.");
  }

  /** Appends the messages that the chat does not have; false if it has all of them. */
  private Mono<Boolean> extend(ImportedChat chat, List<EncodedMessage> encoded, Progress progress) {
    return encoded.isEmpty()
        ? Mono.just(false)
        : repository
            .stored(chat.id(), chat.messages(), progress.lastSeq())
            .map(stored -> progress.missing(chat.messages(), stored).size())
            .flatMap(missing ->
                missing == 0
                    ? Mono.just(false)
                    : append(
                            chat,
                            encoded.subList(encoded.size() - missing, encoded.size()),
                            progress)
                        .thenReturn(true));
  }

  private Mono<Void> append(ImportedChat chat, List<EncodedMessage> missing, Progress before) {
    Progress after = before.plus(missing.size());
    return repository
        .append(chat.id(), before, missing)
        .then(repository.count(chat.id(), after, missing.getLast().createdAt()))
        .then(repository.advanceMarkers(chat.id(), after.lastSeq(), chat.unread()));
  }

  private EncodedMessage encoded(PastMessage message) {
    Draft draft = message.draft();
    Instant editedAt = message.editedAt();
    return new EncodedMessage(
        draft,
        draft.fingerprint(),
        extra(draft),
        milliseconds(message.createdAt()),
        editedAt == null ? null : milliseconds(editedAt));
  }

  private @Nullable String extra(Draft draft) {
    return draft.extra() == null ? null : StoredJson.write(draft.extra());
  }

  /**
   * Truncates to milliseconds, as clients see them: stored times must not be finer than the times
   * that clients compare with.
   */
  private static Instant milliseconds(Instant time) {
    return time.truncatedTo(ChronoUnit.MILLIS);
  }
}
