/** Rooms: the gate and what members are promised. */
@NullMarked
package dev.realtime.gateway.room;

import org.jspecify.annotations.NullMarked;
