/** Commands of connections for chats, joining, the log of a room, resume and replay. */
@NullMarked
package dev.realtime.gateway.chat.rooms;

import org.jspecify.annotations.NullMarked;
