/** The presence of hosts in their streams. */
@NullMarked
package dev.realtime.gateway.live.hosts;

import org.jspecify.annotations.NullMarked;
