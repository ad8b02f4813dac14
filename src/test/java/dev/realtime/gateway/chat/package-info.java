/** Chat as clients see it, mostly on two nodes. */
@NullMarked
package dev.realtime.gateway.chat;

import org.jspecify.annotations.NullMarked;
