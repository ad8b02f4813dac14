/** What the instances remember together in Redis: commands and scripts on one connection. */
@NullMarked
package dev.realtime.gateway.store.redis;

import org.jspecify.annotations.NullMarked;
