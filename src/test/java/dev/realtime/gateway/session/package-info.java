/** One connection's bounds, order and outbound path. */
@NullMarked
package dev.realtime.gateway.session;

import org.jspecify.annotations.NullMarked;
