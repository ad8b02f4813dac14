/** The bus between instances: it carries the bytes that are published to a room to all of them. */
@NullMarked
package dev.realtime.gateway.bus;

import org.jspecify.annotations.NullMarked;
