/** The import of chats as the platform's backend sees it. */
@NullMarked
package dev.realtime.gateway.web.imports;

import org.jspecify.annotations.NullMarked;
