package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Pushes about live streams, section 5 of the protocol. */
public sealed interface LiveEvent extends Event permits StreamState, LiveEvent.LiveMessage {

  /** Somebody said something. */
  @JsonTypeName("live:message")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record LiveMessage(
      String id,
      String streamId,
      String userId,
      String content,
      @Nullable String tempId,
      Instant createdAt)
      implements LiveEvent {}
}
