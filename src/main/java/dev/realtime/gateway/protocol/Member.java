package dev.realtime.gateway.protocol;

/**
 * A member of a chat as other members see it.
 *
 * @param readSeq number of the last message read; 0 for none
 * @param deliveredSeq number of the last message that reached a device; 0 for none
 */
public record Member(String userId, Role role, long readSeq, long deliveredSeq) {}
