package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.Locale;
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

  /**
   * The bounds a client should know.
   *
   * @param pageBytes bytes of a page of a history or list, which may end before the limit it was
   *     asked for
   */
  record Limits(int frameBytes, int contentLength, int rooms, int replay, int pageBytes) {}

  /** The token expires in a minute, or sooner. */
  @JsonTypeName("session:expiring")
  record Expiring(Instant expiresAt) implements SessionEvent {}

  /**
   * What lasts cannot be read or stored just now, or can be again. A client that hears neither
   * takes it that it can.
   */
  @JsonTypeName("session:state")
  record StateChanged(State state) implements SessionEvent {}

  /** Whether what lasts can be read and stored. */
  enum State {
    /** The store is unavailable; what does not last is delivered as always. */
    DEGRADED,
    /** The store is available again; the client resumes its notifications. */
    OK;

    @JsonValue
    String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** This instance is about to stop; the client should reconnect after the delay. */
  @JsonTypeName("session:draining")
  record Draining(long afterMs) implements SessionEvent {}

  /** The last event before a close frame. */
  @JsonTypeName("session:bye")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Bye(int code, String reason, boolean reconnect, boolean resume, @Nullable Long afterMs)
      implements SessionEvent {}
}
