/** The one small client of tests and tools: plain Java, no Spring, no Reactor. */
@NullMarked
package dev.realtime.gateway.client;

import org.jspecify.annotations.NullMarked;
