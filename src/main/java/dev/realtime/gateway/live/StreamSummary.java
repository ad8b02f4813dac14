package dev.realtime.gateway.live;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What the webhooks {@code stream.started} and {@code stream.ended} tell. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record StreamSummary(
    String streamId,
    String hostId,
    String title,
    @Nullable Instant startedAt,
    @Nullable Instant endedAt) {}
