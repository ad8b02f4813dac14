/**
 * How log lines reach the console: never waiting for it, and not the same line a thousand times.
 */
@NullMarked
package dev.realtime.gateway.config.logging;

import org.jspecify.annotations.NullMarked;
