package dev.realtime.gateway.handoff;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The data of {@code notification.undelivered}: no device of the user has acknowledged the
 * notification in time.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record UndeliveredNotification(
    String userId,
    String id,
    String type,
    String title,
    String message,
    @Nullable JsonNode data,
    Instant createdAt) {}
