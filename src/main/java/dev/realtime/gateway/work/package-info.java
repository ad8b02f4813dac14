/** How work in the background is done: one call at a time, from the start to the stop, in order. */
@NullMarked
package dev.realtime.gateway.work;

import org.jspecify.annotations.NullMarked;
