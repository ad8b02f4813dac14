package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stream as its viewers see it: the reply to {@code live:join}, and the push {@code live:joined},
 * which after an ack carries only the stream and the count.
 *
 * @param viewerCount how many users watch, including the user who joins
 * @param slowMode minimum seconds between two messages of one user; null without slow mode
 * @param pinned the pinned message; null for none
 * @param recent the last messages, at most 50, oldest first
 */
@JsonTypeName("live:joined")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StreamState(
    String streamId,
    @Nullable StreamStatus status,
    @Nullable String title,
    @Nullable String hostId,
    @Nullable String playbackUrl,
    @Nullable Long viewerCount,
    @Nullable Integer slowMode,
    LiveEvent.@Nullable LiveMessage pinned,
    @Nullable List<EncodedMessage> recent)
    implements LiveEvent, Reply {

  /** Returns the short push that follows an ack, which has carried the rest of the state. */
  public StreamState afterAck() {
    return new StreamState(streamId, null, null, null, null, viewerCount, null, null, null);
  }
}
