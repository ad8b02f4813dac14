/** What a client sees at the socket, whatever it sends. */
@NullMarked
package dev.realtime.gateway.socket;

import org.jspecify.annotations.NullMarked;
