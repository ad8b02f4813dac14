package dev.realtime.gateway.load;

/**
 * Who is where: connection {@code i} belongs to room {@code i mod rooms}, and the first ones speak.
 *
 * @param members how many of a room's connections join it
 */
record Layout(int connections, int rooms, int members, int publishers) {

  int roomOf(int connection) {
    return connection % rooms;
  }

  boolean joins(int connection) {
    return connection / rooms < members;
  }

  boolean publishes(int connection) {
    return connection < publishers;
  }

  /** A publisher's number in its room, from 0. */
  int laneOf(int connection) {
    return connection / rooms;
  }

  /** How many publishers a room has. */
  int lanesOf(int room) {
    return publishers / rooms + (room < publishers % rooms ? 1 : 0);
  }
}
