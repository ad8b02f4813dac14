package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import org.jspecify.annotations.Nullable;

/**
 * A stream as its viewers see it: the answer to {@code live:join}, and the push {@code
 * live:joined}, which after an ack names the stream alone.
 */
@JsonTypeName("live:joined")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StreamState(
    String streamId,
    @Nullable StreamStatus status,
    @Nullable String title,
    @Nullable String hostId,
    @Nullable String playbackUrl)
    implements LiveEvent, Reply {

  /** The short push that follows an ack which has told the rest. */
  public static StreamState joined(String streamId) {
    return new StreamState(streamId, null, null, null, null);
  }
}
