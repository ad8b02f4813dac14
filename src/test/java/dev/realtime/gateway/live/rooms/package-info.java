/** What a stream remembers of its chat, without a database. */
@NullMarked
package dev.realtime.gateway.live.rooms;

import org.jspecify.annotations.NullMarked;
