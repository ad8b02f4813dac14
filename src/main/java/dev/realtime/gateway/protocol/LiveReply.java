package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The replies to {@link LiveCommand}s. */
public sealed interface LiveReply extends Reply {

  /**
   * The reply to {@code live:create}: the stream as in {@link StreamState}.
   *
   * @param duplicate whether the stream existed already; then this command created nothing
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Created(
      String streamId,
      @Nullable StreamStatus status,
      @Nullable String title,
      @Nullable String hostId,
      @Nullable String playbackUrl,
      @Nullable Long viewerCount,
      @Nullable Integer slowMode,
      LiveEvent.@Nullable LiveMessage pinned,
      @Nullable List<EncodedMessage> recent,
      boolean duplicate)
      implements LiveReply {

    public static Created of(StreamState stream, boolean duplicate) {
      return new Created(
          stream.streamId(),
          stream.status(),
          stream.title(),
          stream.hostId(),
          stream.playbackUrl(),
          stream.viewerCount(),
          stream.slowMode(),
          stream.pinned(),
          stream.recent(),
          duplicate);
    }
  }

  /** The reply to {@code live:message}. */
  record Said(String id, Instant createdAt) implements LiveReply {}

  /** The reply to {@code live:status}. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Status(StreamStatus status, @Nullable Instant startedAt, @Nullable Instant endedAt)
      implements LiveReply {}
}
