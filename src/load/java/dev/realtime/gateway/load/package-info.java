/** The load harness: many sockets from one JVM against a gateway, and what they saw. */
@NullMarked
package dev.realtime.gateway.load;

import org.jspecify.annotations.NullMarked;
