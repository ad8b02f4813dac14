/** The people who chat while faults happen: devices that act as apps do, and a backend. */
@NullMarked
package dev.realtime.gateway.faults.crowd;

import org.jspecify.annotations.NullMarked;
