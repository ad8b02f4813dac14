package dev.realtime.gateway.handoff;

import dev.realtime.gateway.protocol.Message;

/**
 * The data of {@code message.undelivered}: a member who is offline is missing messages of a chat.
 *
 * @param lastMessage the chat's last message, by then perhaps newer than the first that is missing
 */
record UndeliveredMessage(
    String userId, String chatId, long unread, long lastSeq, Message lastMessage) {}
