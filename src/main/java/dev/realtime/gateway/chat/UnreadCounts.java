package dev.realtime.gateway.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.protocol.Message;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How many messages of a chat several users have not read.
 *
 * @param lastSeq the seq of the last message
 * @param lastMessage the last message, if it is new; null where only a marker moved
 * @param unread the number of unread messages by user id
 * @param inRoomToo whether connections that have joined the chat are told too
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record UnreadCounts(
    String chatId,
    long lastSeq,
    @Nullable Message lastMessage,
    Map<String, Long> unread,
    boolean inRoomToo) {

  /** Returns the event for a user with this many unread messages. */
  ChatEvent.UnreadChanged event(long count) {
    return new ChatEvent.UnreadChanged(chatId, count, lastSeq, lastMessage);
  }
}
