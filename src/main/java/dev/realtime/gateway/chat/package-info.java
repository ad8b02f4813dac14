/** Chats: membership, messages, changes, markers, typing. */
@NullMarked
package dev.realtime.gateway.chat;

import org.jspecify.annotations.NullMarked;
