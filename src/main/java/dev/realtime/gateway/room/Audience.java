package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomId;
import org.jspecify.annotations.Nullable;

/**
 * Who of a room's members gets a frame.
 *
 * @param exceptUser none of this user's connections; null for no exception
 * @param unlessIn no connection that is in this other room; null for no exception
 * @param largestRoom nobody where more connections than this are in the room; 0 for no bound
 */
public record Audience(@Nullable String exceptUser, @Nullable RoomId unlessIn, int largestRoom) {

  private static final Audience EVERYONE = new Audience(null, null, 0);

  /** Every member. */
  public static Audience everyone() {
    return EVERYONE;
  }

  /** Every member but one user's connections, and nobody in rooms larger than this. */
  public static Audience others(String exceptUser, int largestRoom) {
    return new Audience(exceptUser, null, largestRoom);
  }

  /** Every member that is not in the other room as well. */
  public static Audience outside(RoomId other) {
    return new Audience(null, other, 0);
  }

  boolean isEveryone() {
    return exceptUser == null && unlessIn == null && largestRoom == 0;
  }

  /** This audience, however many connections are in the room. */
  Audience ofAnySize() {
    return new Audience(exceptUser, unlessIn, 0);
  }

  boolean admits(RoomMember member) {
    return (exceptUser == null || !exceptUser.equals(member.userId()))
        && (unlessIn == null || !member.isIn(unlessIn));
  }
}
