package dev.realtime.gateway.webhook;

import java.time.Instant;
import java.util.UUID;

/**
 * An event that waits to be delivered.
 *
 * @param position its place among all; those of a subject go in this order
 * @param id the same at every attempt: by it the receiver knows what it has seen
 * @param data JSON
 * @param queuedAt when it was written or last replayed
 * @param attempts that have failed so far
 */
record WebhookEvent(
    long position,
    UUID id,
    String type,
    String subject,
    String data,
    Instant createdAt,
    Instant queuedAt,
    int attempts) {}
