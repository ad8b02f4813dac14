package dev.realtime.gateway.room;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frames that reach the members of a room as one buffer, their bytes one after the other.
 *
 * <p>A shard delivers a burst to some of its places in each turn of the event loop, so that the
 * other connections of the loop, and Redis, do not wait for a whole large room.
 */
final class Burst {

  private static final Logger log = LoggerFactory.getLogger(Burst.class);

  /** Members that one turn of the loop serves. */
  static final int SLICE = 1024;

  /** The rev of a member that must receive no lasting change: no change is above it. */
  static final long NOTHING_THAT_LASTS = Long.MAX_VALUE;

  private final List<Frame> frames;
  private final ByteBuf wire;
  private final boolean forEveryone;
  private final long oldestRev;
  private final List<Place> failed = new ArrayList<>(0);
  private int next;

  private Burst(List<Frame> frames, ByteBuf wire) {
    this.frames = frames;
    this.wire = wire;
    this.forEveryone =
        frames.stream().allMatch(frame -> frame.change() == null && frame.audience().isEveryone());
    this.oldestRev =
        frames.stream().mapToLong(Frame::rev).filter(rev -> rev > 0).min().orElse(Long.MAX_VALUE);
  }

  /** Encodes frames into a burst, whose buffer {@link #release} releases. */
  static Burst of(List<Frame> frames, ByteBufAllocator allocator) {
    ByteBuf wire = allocator.directBuffer(frames.stream().mapToInt(WireFormat::length).sum());
    frames.forEach(frame -> WireFormat.write(frame, wire));
    return new Burst(frames, wire);
  }

  /**
   * Delivers to the next places of a shard, which removes none before the last one is served.
   *
   * @return whether these were the last ones
   */
  boolean deliverToNext(List<Place> places) {
    int end = Math.min(places.size(), next + SLICE);
    for (; next < end; next++) {
      deliverTo(places.get(next));
    }
    return end == places.size();
  }

  private void deliverTo(Place place) {
    try {
      place.deliver(this);
    } catch (Throwable failure) {
      log.error("Could not deliver to a member of {}", place.roomId(), failure);
      failed.add(place);
    }
  }

  /** Returns the places whose members would miss the frames. */
  List<Place> failed() {
    return failed;
  }

  /**
   * Delivers to one member the frames that it may see.
   *
   * @param position the {@code rev} up to which the member has every change
   */
  void deliverTo(RoomMember member, long position) {
    if (forEveryone && oldestRev > position) {
      member.deliver(frames, wire);
      return;
    }
    int start = 0;
    for (Frame frame : frames) {
      int length = WireFormat.length(frame);
      if ((frame.rev() == 0 || frame.rev() > position) && frame.audience().admits(member)) {
        deliver(member, frame, wire.slice(start, length));
      } else if (position == NOTHING_THAT_LASTS && frame.isAboutMembershipOf(member)) {
        member.oweOwn(frame);
      }
      start += length;
    }
  }

  /** Delivers nothing, and records the frames about the member's own membership as owed to it. */
  void oweTo(RoomMember member) {
    for (Frame frame : frames) {
      if (frame.isAboutMembershipOf(member)) {
        member.oweOwn(frame);
      }
    }
  }

  private static void deliver(RoomMember member, Frame frame, ByteBuf wire) {
    if (frame.isAboutMembershipOf(member)) {
      member.deliverOwn(frame, wire);
    } else {
      member.deliver(List.of(frame), wire);
    }
  }

  void release() {
    wire.release();
  }
}
