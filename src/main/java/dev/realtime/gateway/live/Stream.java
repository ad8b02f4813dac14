package dev.realtime.gateway.live;

import dev.realtime.gateway.protocol.EncodedMessage;
import dev.realtime.gateway.protocol.LiveEvent;
import dev.realtime.gateway.protocol.StreamState;
import dev.realtime.gateway.protocol.StreamStatus;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A stream and its rules, as read from the database.
 *
 * @param rev the number of the last recorded change
 * @param slowMode seconds between two messages of one user; 0 for no such pause
 * @param sanctions the sanctions, of which some may be left out ({@link StreamAccess})
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
    Sanctions sanctions) {

  public boolean isHost(String userId) {
    return hostId.equals(userId);
  }

  /** Returns whether a user is the host or a moderator, to whom slow mode does not apply. */
  boolean mayModerate(String userId) {
    return isHost(userId) || moderators.contains(userId);
  }

  public boolean isBanned(String userId, Instant now) {
    return lasts(sanctions.bans().get(userId), now);
  }

  boolean isMuted(String userId, Instant now) {
    return lasts(sanctions.mutes().get(userId), now);
  }

  private static boolean lasts(@Nullable Instant until, Instant now) {
    return until != null && until.isAfter(now);
  }

  /** Returns this stream with other sanctions. */
  Stream with(Sanctions others) {
    return with(rev, moderators, others);
  }

  private Stream with(long newRev, Set<String> newModerators, Sanctions newSanctions) {
    return new Stream(
        id,
        hostId,
        title,
        playbackUrl,
        endOnHostLoss,
        newRev,
        status,
        startedAt,
        endedAt,
        slowMode,
        pinned,
        newModerators,
        newSanctions);
  }

  /** Returns whether a change of a sanction is included in what was read. */
  boolean includes(Sanctions.Change change) {
    return sanctions.rev() >= change.rev() && rev >= change.streamRev();
  }

  /** Returns whether nothing lies between what was read and a change of a sanction. */
  boolean isJustBefore(Sanctions.Change change) {
    return sanctions.rev() == change.rev() - 1 && rev == change.streamRev() - change.recorded();
  }

  /** Returns the stream after a change of a sanction; a ban also ends the role of a moderator. */
  Stream with(Sanctions.Change change) {
    Set<String> left = new HashSet<>(moderators);
    if (change.isBan()) {
      left.remove(change.sanction().userId());
    }
    return with(change.streamRev(), Set.copyOf(left), sanctions.with(change));
  }

  public boolean hasEnded() {
    return status == StreamStatus.ENDED;
  }

  /** Returns the state that a joining client receives. */
  public StreamState state(long viewers, List<EncodedMessage> recent) {
    Integer pause = slowMode == 0 ? null : slowMode;
    return new StreamState(id, status, title, hostId, playbackUrl, viewers, pause, pinned, recent);
  }

  LiveEvent.StatusChanged statusChanged() {
    return new LiveEvent.StatusChanged(id, status, startedAt, endedAt);
  }
}
