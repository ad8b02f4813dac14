package dev.realtime.gateway.chat;

import dev.realtime.gateway.protocol.Attachment;
import dev.realtime.gateway.protocol.ChatCommand.SendMessage;
import dev.realtime.gateway.protocol.Encrypted;
import dev.realtime.gateway.protocol.Message;
import dev.realtime.gateway.store.StoredJson;
import dev.realtime.gateway.store.idempotency.Fingerprint;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message that has no number yet.
 *
 * @param tempId the sender's idempotency key; null if the sender gave none
 * @param anySender whether the sender need not be a member; true for the platform's backend
 */
public record Draft(
    UUID id,
    String chatId,
    String senderId,
    @Nullable String tempId,
    @Nullable String content,
    @Nullable Extra extra,
    boolean anySender) {

  /** The parts of a message other than its text; stored as one JSON value. */
  public record Extra(
      @Nullable Encrypted encrypted,
      @Nullable String replyTo,
      @Nullable List<String> mentions,
      @Nullable List<Attachment> attachments) {

    private static final Extra NONE = new Extra(null, null, null, null);

    static Extra orNone(@Nullable Extra extra) {
      return extra == null ? NONE : extra;
    }

    @Nullable Extra orNull() {
      return equals(NONE) ? null : this;
    }
  }

  public static Draft of(UUID id, String senderId, SendMessage command, boolean anySender) {
    Extra extra =
        new Extra(
            command.encrypted(), command.replyTo(), command.mentions(), command.attachments());
    return new Draft(
        id,
        command.chatId(),
        senderId,
        command.tempId(),
        command.content(),
        extra.orNull(),
        anySender);
  }

  /**
   * Returns the idempotency key, or the unique id if there is none, so that the message has no
   * duplicate.
   */
  public String uniqueTempId() {
    return tempId == null ? id.toString() : tempId;
  }

  /** Returns whether the message mentions users, who are then notified. */
  boolean mentionsSomebody() {
    return extra != null && extra.mentions() != null && !extra.mentions().isEmpty();
  }

  /** Returns the JSON of {@link #extra}; null if there is none. */
  @Nullable String extraJson() {
    return extra == null ? null : StoredJson.write(extra);
  }

  /**
   * Returns the hash of the body. A retry has the same hash; another message under its tempId does
   * not.
   */
  public UUID fingerprint() {
    return Fingerprint.of(content, extraJson());
  }

  /** Returns the draft with the id under which it was first accepted. */
  Draft withId(UUID firstId) {
    return new Draft(firstId, chatId, senderId, tempId, content, extra, anySender);
  }

  /** Returns the message with the numbers and the time that the database assigned. */
  Message numbered(long seq, long rev, Instant createdAt) {
    Extra with = Extra.orNone(extra);
    return new Message(
        id.toString(),
        chatId,
        seq,
        rev,
        seq - 1,
        senderId,
        content,
        with.encrypted(),
        tempId,
        with.replyTo(),
        with.mentions(),
        with.attachments(),
        createdAt,
        null,
        null,
        null,
        null,
        null);
  }
}
