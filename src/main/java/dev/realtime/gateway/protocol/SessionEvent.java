package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Pushes about the connection itself, section 3 of the protocol. */
public sealed interface SessionEvent extends Event {

  /**
   * The first frame of every authenticated connection.
   *
   * @param epoch the incarnation of the stored data; positions of another epoch are void
   */
  @JsonTypeName("session:welcome")
  record Welcome(
      String connectionId,
      String userId,
      String deviceId,
      Instant expiresAt,
      long heartbeatMs,
      Instant serverTime,
      String epoch,
      Limits limits)
      implements SessionEvent, Reply {}

  /** The bounds a client should know. */
  record Limits(int frameBytes, int contentLength, int rooms, int replay) {}

  /** The token expires in a minute, or sooner. */
  @JsonTypeName("session:expiring")
  record Expiring(Instant expiresAt) implements SessionEvent {}

  /** This instance is about to stop; the client should reconnect after the delay. */
  @JsonTypeName("session:draining")
  record Draining(long afterMs) implements SessionEvent {}

  /** The last event before a close frame. */
  @JsonTypeName("session:bye")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Bye(int code, String reason, boolean reconnect, boolean resume, @Nullable Long afterMs)
      implements SessionEvent {}
}
