/** The settings of a gateway, and the checks that reject invalid ones at start. */
@NullMarked
package dev.realtime.gateway.config;

import org.jspecify.annotations.NullMarked;
