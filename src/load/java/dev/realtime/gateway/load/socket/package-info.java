/** The WebSocket connections of the load harness, and the event loops that serve them. */
@NullMarked
package dev.realtime.gateway.load.socket;

import org.jspecify.annotations.NullMarked;
