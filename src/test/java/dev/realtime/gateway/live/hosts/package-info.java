/** Tests of the presence of hosts. */
@NullMarked
package dev.realtime.gateway.live.hosts;

import org.jspecify.annotations.NullMarked;
