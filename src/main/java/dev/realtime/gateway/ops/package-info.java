/** Metrics, health and drain. */
@NullMarked
package dev.realtime.gateway.ops;

import org.jspecify.annotations.NullMarked;
