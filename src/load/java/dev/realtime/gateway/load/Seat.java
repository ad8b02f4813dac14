package dev.realtime.gateway.load;

import org.jspecify.annotations.Nullable;

/**
 * A connection's part in the run.
 *
 * @param room null where nobody joins anything
 * @param joins whether it joins its room
 * @param lane its number among the room's publishers; -1 when it does not speak
 */
record Seat(int connection, @Nullable LoadRoom room, boolean joins, int lane) {

  boolean publishes() {
    return lane >= 0;
  }
}
