/** Chats: membership, messages, changes, marks, typing. */
@NullMarked
package dev.realtime.gateway.chat;

import org.jspecify.annotations.NullMarked;
