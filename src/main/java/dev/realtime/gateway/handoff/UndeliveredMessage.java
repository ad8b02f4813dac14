package dev.realtime.gateway.handoff;

import dev.realtime.gateway.protocol.Message;

/**
 * The data of {@code message.undelivered}: a member who is offline is missing messages of a chat.
 *
 * @param lastMessage the chat's last message, which may be newer than the first missing one
 */
record UndeliveredMessage(
    String userId, String chatId, long unread, long lastSeq, Message lastMessage) {}
