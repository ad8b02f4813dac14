/** Live streams: joining, chat. */
@NullMarked
package dev.realtime.gateway.live;

import org.jspecify.annotations.NullMarked;
