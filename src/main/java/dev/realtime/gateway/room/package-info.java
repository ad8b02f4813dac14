/** Fan-out: an event is published once to a room and reaches every member on every instance. */
@NullMarked
package dev.realtime.gateway.room;

import org.jspecify.annotations.NullMarked;
