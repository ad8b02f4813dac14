package dev.realtime.gateway.load.setting;

/**
 * Who is where: connection {@code i} belongs to room {@code i mod rooms}, and the first ones speak.
 *
 * @param members how many of a room's connections join it
 */
public record Layout(int connections, int rooms, int members, int publishers) {

  public int roomOf(int connection) {
    return connection % rooms;
  }

  public boolean joins(int connection) {
    return connection / rooms < members;
  }

  public boolean publishes(int connection) {
    return connection < publishers;
  }

  /** A publisher's number in its room, from 0. */
  public int laneOf(int connection) {
    return connection / rooms;
  }

  /** How many publishers a room has. */
  public int lanesOf(int room) {
    return publishers / rooms + (room < publishers % rooms ? 1 : 0);
  }
}
