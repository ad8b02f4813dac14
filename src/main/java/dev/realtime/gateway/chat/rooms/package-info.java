/** What connections do with chats: commands, joining, the log of a room, resume, replay. */
@NullMarked
package dev.realtime.gateway.chat.rooms;

import org.jspecify.annotations.NullMarked;
