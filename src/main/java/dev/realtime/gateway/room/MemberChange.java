package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomId;

/**
 * The change of somebody's membership that a frame tells of. The person's own connections hear it
 * from the room, or by a copy from the person's own room; this is how they know the one from the
 * other.
 *
 * @param room the room whose member changed, also in a copy
 * @param rev its place among the lasting changes of that room; 0 where the room itself came or went
 * @param userId whose membership changed
 */
public record MemberChange(RoomId room, long rev, String userId) {}
