package dev.realtime.gateway.protocol;

/**
 * A member of a chat as other members see it.
 *
 * @param readSeq seq of the member's read marker; 0 for none
 * @param deliveredSeq seq of the member's delivered marker; 0 for none
 */
public record Member(String userId, Role role, long readSeq, long deliveredSeq) {}
