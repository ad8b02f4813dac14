/** What is forgotten with time, on real PostgreSQL. */
@NullMarked
package dev.realtime.gateway.work;

import org.jspecify.annotations.NullMarked;
