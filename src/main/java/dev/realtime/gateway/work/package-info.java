/** Background work: one call at a time, in order, from the start to the stop. */
@NullMarked
package dev.realtime.gateway.work;

import org.jspecify.annotations.NullMarked;
