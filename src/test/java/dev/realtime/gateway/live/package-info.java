/** Live streams, through real clients on two nodes. */
@NullMarked
package dev.realtime.gateway.live;

import org.jspecify.annotations.NullMarked;
