/** Tests of what the platform's backend is told, with a real receiver. */
@NullMarked
package dev.realtime.gateway.webhook;

import org.jspecify.annotations.NullMarked;
