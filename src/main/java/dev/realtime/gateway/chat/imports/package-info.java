/** The import of chats from another system, with their history. */
@NullMarked
package dev.realtime.gateway.chat.imports;

import org.jspecify.annotations.NullMarked;
