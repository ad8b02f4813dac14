/** Operations: health paths, the drain of a stopping instance, and its warm-up. */
@NullMarked
package dev.realtime.gateway.ops;

import org.jspecify.annotations.NullMarked;
