/** What the platform's backend is told: facts written with the data, delivered in order. */
@NullMarked
package dev.realtime.gateway.webhook;

import org.jspecify.annotations.NullMarked;
