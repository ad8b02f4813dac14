package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What {@link LiveCommand}s are answered with. */
public sealed interface LiveReply extends Reply {

  /** The answer to {@code live:message}. */
  record Said(String id, Instant createdAt) implements LiveReply {}

  /** The answer to {@code live:status}. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Status(StreamStatus status, @Nullable Instant startedAt, @Nullable Instant endedAt)
      implements LiveReply {}
}
