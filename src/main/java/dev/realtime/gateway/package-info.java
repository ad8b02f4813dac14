/** The real-time gateway: entry point of the production process. */
@NullMarked
package dev.realtime.gateway;

import org.jspecify.annotations.NullMarked;
