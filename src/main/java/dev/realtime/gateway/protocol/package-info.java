/**
 * The wire contract {@code gateway.v1}: commands, events, error and close codes, and their JSON.
 */
@NullMarked
package dev.realtime.gateway.protocol;

import org.jspecify.annotations.NullMarked;
