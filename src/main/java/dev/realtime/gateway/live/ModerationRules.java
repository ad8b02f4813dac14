package dev.realtime.gateway.live;

import dev.realtime.gateway.protocol.Bounds;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.LiveCommand.Moderate;
import dev.realtime.gateway.protocol.ModerationAction;
import java.time.Instant;

/**
 * The rules on who may moderate whom in a stream. Moderators moderate viewers; only the host may
 * moderate moderators, and nobody may moderate the host.
 */
final class ModerationRules {

  private ModerationRules() {}

  /**
   * Checks that a user may carry a command out.
   *
   * @param now the time by which a ban counts as in force
   * @throws GatewayException {@code banned}, {@code forbidden} (not a moderator, or the action or
   *     the user is out of a moderator's reach) or {@code conflict} (the stream has ended, or has
   *     as many moderators as it may)
   */
  static void check(Stream stream, String by, Moderate command, Instant now) {
    ModerationAction action = command.action();
    if (stream.isBanned(by, now)) {
      throw GatewayException.of(ErrorCode.BANNED);
    }
    if (!stream.mayModerate(by) || (action.isHostOnly() && !stream.isHost(by))) {
      throw GatewayException.of(ErrorCode.FORBIDDEN, "You may not do this in this stream.");
    }
    if (action.isAboutUser() && isOutOfReach(stream, by, command)) {
      throw GatewayException.field(
          ErrorCode.FORBIDDEN,
          "userId",
          "Only the host may moderate a moderator, and nobody may moderate the host.");
    }
    if (stream.hasEnded() && !action.isPossibleAfterTheEnd()) {
      throw GatewayException.of(ErrorCode.CONFLICT, "The stream has ended.");
    }
    if (action == ModerationAction.ADD_MODERATOR
        && stream.moderators().size() >= Bounds.MODERATORS) {
      throw GatewayException.of(
          ErrorCode.CONFLICT, "A stream has at most " + Bounds.MODERATORS + " moderators.");
    }
  }

  private static boolean isOutOfReach(Stream stream, String by, Moderate command) {
    String userId = command.userId();
    return userId != null
        && (stream.isHost(userId) || (stream.mayModerate(userId) && !stream.isHost(by)));
  }
}
