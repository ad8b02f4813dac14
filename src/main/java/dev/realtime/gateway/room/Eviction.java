package dev.realtime.gateway.room;

import org.jspecify.annotations.Nullable;

/**
 * Who is out of a room after a frame.
 *
 * @param userId whose connections; null for everybody's
 */
public record Eviction(@Nullable String userId) {

  /** Everybody. */
  public static Eviction everyone() {
    return new Eviction(null);
  }

  /** One user. */
  public static Eviction of(String userId) {
    return new Eviction(userId);
  }

  boolean covers(RoomMember member) {
    return userId == null || userId.equals(member.userId());
  }
}
