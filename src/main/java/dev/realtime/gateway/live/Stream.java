package dev.realtime.gateway.live;

import dev.realtime.gateway.protocol.LiveEvent;
import dev.realtime.gateway.protocol.StreamState;
import dev.realtime.gateway.protocol.StreamStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A stream and its rules, as read from the database.
 *
 * @param rev the number of the last recorded change
 * @param slowMode seconds between two messages of one user; 0 for no such pause
 * @param mutes the users who may not write, with the end of each mute
 * @param bans the users who may not enter, with the end of each ban
 */
public record Stream(
    String id,
    String hostId,
    String title,
    @Nullable String playbackUrl,
    boolean endOnHostLoss,
    long rev,
    StreamStatus status,
    @Nullable Instant startedAt,
    @Nullable Instant endedAt,
    int slowMode,
    LiveEvent.@Nullable LiveMessage pinned,
    Set<String> moderators,
    Map<String, Instant> mutes,
    Map<String, Instant> bans) {

  public boolean isHost(String userId) {
    return hostId.equals(userId);
  }

  /** Returns whether a user is the host or a moderator, to whom slow mode does not apply. */
  boolean mayModerate(String userId) {
    return isHost(userId) || moderators.contains(userId);
  }

  public boolean isBanned(String userId, Instant now) {
    return lasts(bans.get(userId), now);
  }

  boolean isMuted(String userId, Instant now) {
    return lasts(mutes.get(userId), now);
  }

  private static boolean lasts(@Nullable Instant until, Instant now) {
    return until != null && until.isAfter(now);
  }

  public boolean hasEnded() {
    return status == StreamStatus.ENDED;
  }

  /** Returns the state that a joining client receives. */
  public StreamState state(long viewers, List<LiveEvent.LiveMessage> recent) {
    Integer pause = slowMode == 0 ? null : slowMode;
    return new StreamState(id, status, title, hostId, playbackUrl, viewers, pause, pinned, recent);
  }

  LiveEvent.StatusChanged statusChanged() {
    return new LiveEvent.StatusChanged(id, status, startedAt, endedAt);
  }
}
