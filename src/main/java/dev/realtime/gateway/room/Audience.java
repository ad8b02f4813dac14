package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomId;
import org.jspecify.annotations.Nullable;

/**
 * The members of a room that receive a frame.
 *
 * @param exceptUser user whose connections receive nothing; null for no exception
 * @param unlessIn room whose members receive nothing; null for no exception
 * @param largestRoom number of connections above which the room receives nothing; 0 for no bound
 */
public record Audience(@Nullable String exceptUser, @Nullable RoomId unlessIn, int largestRoom) {

  private static final Audience EVERYONE = new Audience(null, null, 0);

  /** Returns the audience of every member. */
  public static Audience everyone() {
    return EVERYONE;
  }

  /**
   * Returns the audience of every member but one user's connections; empty in rooms above this
   * size.
   */
  public static Audience others(String exceptUser, int largestRoom) {
    return new Audience(exceptUser, null, largestRoom);
  }

  /** Returns the audience of every member that is not also in the other room. */
  public static Audience outside(RoomId other) {
    return new Audience(null, other, 0);
  }

  boolean isEveryone() {
    return exceptUser == null && unlessIn == null && largestRoom == 0;
  }

  /** Returns this audience without its bound on the size of the room. */
  Audience ofAnySize() {
    return new Audience(exceptUser, unlessIn, 0);
  }

  boolean admits(RoomMember member) {
    return (exceptUser == null || !exceptUser.equals(member.userId()))
        && (unlessIn == null || !member.isIn(unlessIn));
  }
}
