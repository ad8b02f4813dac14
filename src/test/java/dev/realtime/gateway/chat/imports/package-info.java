/** The import of chats, rule by rule. */
@NullMarked
package dev.realtime.gateway.chat.imports;

import org.jspecify.annotations.NullMarked;
