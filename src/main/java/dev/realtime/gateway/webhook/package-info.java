/** Webhooks: the outbox, ordered delivery to the platform's backend, dead letters. */
@NullMarked
package dev.realtime.gateway.webhook;

import org.jspecify.annotations.NullMarked;
