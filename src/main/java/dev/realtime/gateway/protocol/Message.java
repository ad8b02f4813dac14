package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message of a chat: pushed as {@code chat:message}, and part of histories and replays.
 *
 * @param seq its number in the chat, gapless from 1, never reused
 * @param rev number of its last change in the chat
 * @param prev {@code seq - 1}: what must have been seen before it
 * @param content null when encrypted or deleted
 * @param deletedAt set for a deleted message: it keeps its number and loses its content
 * @param reactions null when there are none
 * @param kind {@code "system"} for a message nobody wrote
 * @param replayed {@code true} when sent to catch up, absent otherwise
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
   * All equal reactions to a message.
   *
   * @param mine whether the reader is among those who reacted
   */
  public record Reaction(String reaction, long count, boolean mine) {}

  /** The same message, marked as sent to catch up. */
  public Message asReplayed() {
    return with(rev, true);
  }

  /** The same message under another position; what a filled hole delivers. */
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
