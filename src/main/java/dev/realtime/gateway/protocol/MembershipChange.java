package dev.realtime.gateway.protocol;

/**
 * The change of a user's membership of a chat that an event tells of.
 *
 * @param rev its number among the lasting changes of the chat; 0 where the chat itself came or went
 * @param removed whether the user is no member after it
 */
public record MembershipChange(String chatId, long rev, String userId, boolean removed) {}
