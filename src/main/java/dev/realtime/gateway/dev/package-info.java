/** Embedded PostgreSQL and Redis, development tokens and demo data; never in the jar. */
@NullMarked
package dev.realtime.gateway.dev;

import org.jspecify.annotations.NullMarked;
