/** The API call that imports chats: an NDJSON body of any length, a chat a line. */
@NullMarked
package dev.realtime.gateway.web.imports;

import org.jspecify.annotations.NullMarked;
