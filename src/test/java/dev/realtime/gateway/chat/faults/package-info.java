/** What becomes of chats when servers, connections or instances fail. */
@NullMarked
package dev.realtime.gateway.chat.faults;

import org.jspecify.annotations.NullMarked;
