package dev.realtime.gateway.webhook;

import java.time.Instant;
import java.util.UUID;

/**
 * An event that waits for delivery.
 *
 * @param position its place in the outbox; the events of a queue are sent in this order
 * @param id the same at every attempt, so that the receiver recognises a repetition
 * @param data JSON
 * @param queuedAt when it was recorded or last replayed
 * @param attempts the number of failed attempts so far
 * @param refusals how many of the failed attempts the receiver refused
 */
record WebhookEvent(
    long position,
    UUID id,
    String type,
    String subject,
    String data,
    Instant createdAt,
    Instant queuedAt,
    int attempts,
    int refusals) {}
