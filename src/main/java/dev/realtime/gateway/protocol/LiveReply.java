package dev.realtime.gateway.protocol;

import java.time.Instant;

/** What {@link LiveCommand}s are answered with. */
public sealed interface LiveReply extends Reply {

  /** The answer to {@code live:message}. */
  record Said(String id, Instant createdAt) implements LiveReply {}
}
