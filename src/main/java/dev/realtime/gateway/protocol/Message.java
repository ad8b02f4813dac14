package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message of a chat: pushed as {@code chat:message}, and part of histories and replays.
 *
 * @param seq the message's number in the chat, gapless from 1, never reused
 * @param rev number of the message's last change in the chat
 * @param prev {@code seq - 1}: the message that the client must have seen before this one
 * @param content null when encrypted or deleted
 * @param deletedAt present for a deleted message, which keeps its seq and loses its content
 * @param reactions null when there are none
 * @param kind {@code "system"} for a message without an author
 * @param replayed {@code true} in a replay, absent otherwise
 */
@JsonTypeName("chat:message")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Message(
    String id,
    String chatId,
    long seq,
    long rev,
    long prev,
    String senderId,
    @Nullable String content,
    @Nullable Encrypted encrypted,
    @Nullable String tempId,
    @Nullable String replyTo,
    @Nullable List<String> mentions,
    @Nullable List<Attachment> attachments,
    Instant createdAt,
    @Nullable Instant editedAt,
    @Nullable Instant deletedAt,
    @Nullable List<Reaction> reactions,
    @Nullable String kind,
    @Nullable Boolean replayed)
    implements ChatEvent, Reply {

  /**
   * The reactions of one kind to a message.
   *
   * @param mine whether the reader is among the users who reacted
   */
  public record Reaction(String reaction, long count, boolean mine) {}

  /** Returns this message with {@code replayed} set. */
  public Message asReplayed() {
    return with(rev, true);
  }

  /** Returns this message with another rev, as the fill of a hole delivers it. */
  public Message withRev(long otherRev) {
    return with(otherRev, replayed);
  }

  private Message with(long otherRev, @Nullable Boolean marked) {
    return new Message(
        id,
        chatId,
        seq,
        otherRev,
        prev,
        senderId,
        content,
        encrypted,
        tempId,
        replyTo,
        mentions,
        attachments,
        createdAt,
        editedAt,
        deletedAt,
        reactions,
        kind,
        marked);
  }
}
