package dev.realtime.gateway.protocol;

/**
 * The change of a user's membership of a chat that an event reports.
 *
 * @param rev the change's number among the lasting changes of the chat; 0 where the chat itself was
 *     created or deleted
 * @param removed whether the change removed the user
 */
public record MembershipChange(String chatId, long rev, String userId, boolean removed) {}
