/** The rules about changes of messages, without a database. */
@NullMarked
package dev.realtime.gateway.chat.changes;

import org.jspecify.annotations.NullMarked;
