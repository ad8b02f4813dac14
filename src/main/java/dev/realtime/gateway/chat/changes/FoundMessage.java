package dev.realtime.gateway.chat.changes;

import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Role;
import java.util.UUID;

/**
 * A stored message under the lock of its chat, and the member who wants to change it: who may do
 * what with which message.
 *
 * @param userId the member who asks
 * @param role the role of this member
 * @param system whether no user wrote the message
 * @param encrypted whether the body is encrypted; of no meaning once the message is deleted
 */
record FoundMessage(
    UUID id,
    long seq,
    String senderId,
    boolean system,
    boolean deleted,
    boolean encrypted,
    String userId,
    Role role) {

  /**
   * Checks that the member may give the message another body.
   *
   * @param withEncrypted whether the new body is encrypted
   * @throws GatewayException {@code forbidden} (another's message), {@code conflict} (deleted) or
   *     {@code bad_request} (a plain body for an encrypted one, or the other way round)
   */
  void requireEditable(boolean withEncrypted) {
    if (system || !senderId.equals(userId)) {
      throw GatewayException.of(ErrorCode.FORBIDDEN, "Only its sender may edit a message.");
    }
    requirePresent();
    if (encrypted != withEncrypted) {
      throw GatewayException.badRequest(
          encrypted ? "content" : "encrypted",
          "An edit cannot change whether the body of a message is encrypted.");
    }
  }

  /** Checks that the member may delete the message: its sender or an admin, else forbidden. */
  void requireDeletable() {
    if (!senderId.equals(userId) && role != Role.ADMIN) {
      throw GatewayException.of(
          ErrorCode.FORBIDDEN, "Only its sender or an admin may delete a message.");
    }
  }

  /** Checks that the message has not been deleted; fails with {@code conflict}. */
  void requirePresent() {
    if (deleted) {
      throw GatewayException.of(ErrorCode.CONFLICT, "The message has been deleted.");
    }
  }
}
