/** Tests of the way of log lines to the console. */
@NullMarked
package dev.realtime.gateway.config.logging;

import org.jspecify.annotations.NullMarked;
