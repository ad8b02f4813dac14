/** What connections do with live streams: commands, joining, what was said last, resume. */
@NullMarked
package dev.realtime.gateway.live.rooms;

import org.jspecify.annotations.NullMarked;
