package dev.realtime.gateway.live;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The body of the webhooks {@code stream.started} and {@code stream.ended}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record StreamSummary(
    String streamId,
    String hostId,
    String title,
    @Nullable Instant startedAt,
    @Nullable Instant endedAt) {}
