/** How PostgreSQL and Redis are asked by many at once: in groups. */
@NullMarked
package dev.realtime.gateway.store;

import org.jspecify.annotations.NullMarked;
