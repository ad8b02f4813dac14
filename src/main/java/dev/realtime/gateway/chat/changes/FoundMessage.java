package dev.realtime.gateway.chat.changes;

import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Role;
import java.util.UUID;

/**
 * A stored message whose chat is locked, and the member who wants to change it; checks whether the
 * member may.
 *
 * @param userId the member who requests the change
 * @param role the role of this member
 * @param system whether this is a system message, which no user wrote
 * @param encrypted whether the body is encrypted; meaningless once the message is deleted
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
   * Checks that the member may replace the body of the message.
   *
   * @param withEncrypted whether the new body is encrypted
   * @throws GatewayException {@code forbidden} (another user's message), {@code conflict} (deleted)
   *     or {@code bad_request} (a plain body for an encrypted one, or the reverse)
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

  /** Checks that the member is the sender or an admin; fails with {@code forbidden}. */
  void requireDeletable() {
    if (!senderId.equals(userId) && role != Role.ADMIN) {
      throw GatewayException.of(
          ErrorCode.FORBIDDEN, "Only its sender or an admin may delete a message.");
    }
  }

  private void requirePresent() {
    if (deleted) {
      throw deletedAlready();
    }
  }

  /** Returns the refusal of a change of a deleted message. */
  static GatewayException deletedAlready() {
    return GatewayException.of(ErrorCode.CONFLICT, "The message has been deleted.");
  }
}
