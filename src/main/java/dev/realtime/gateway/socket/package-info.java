/** The WebSocket edge: upgrade, inbound pipeline, dispatch of commands. */
@NullMarked
package dev.realtime.gateway.socket;

import org.jspecify.annotations.NullMarked;
