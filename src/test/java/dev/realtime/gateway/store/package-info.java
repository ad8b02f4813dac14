/** What is forgotten with time, on real PostgreSQL. */
@NullMarked
package dev.realtime.gateway.store;

import org.jspecify.annotations.NullMarked;
