/** The contract of every bus, and what a broken Redis does to it. */
@NullMarked
package dev.realtime.gateway.bus;

import org.jspecify.annotations.NullMarked;
