/** The part of live streams that connections use: commands, joining, recent messages, resume. */
@NullMarked
package dev.realtime.gateway.live.rooms;

import org.jspecify.annotations.NullMarked;
