/** Changes of stored messages: edits, deletions, reactions, and the rules about them. */
@NullMarked
package dev.realtime.gateway.chat.changes;

import org.jspecify.annotations.NullMarked;
