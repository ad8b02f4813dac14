/** The settings of a gateway and what refuses to start without them. */
@NullMarked
package dev.realtime.gateway.config;

import org.jspecify.annotations.NullMarked;
