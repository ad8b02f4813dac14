/** What the logs of chats give back, asked on a real database. */
@NullMarked
package dev.realtime.gateway.chat.rooms;

import org.jspecify.annotations.NullMarked;
