/** One live connection: its bounds, its order, its outbound path. */
@NullMarked
package dev.realtime.gateway.session;

import org.jspecify.annotations.NullMarked;
