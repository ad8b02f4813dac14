package dev.realtime.gateway.room;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;

/** Frames that reach the members of a room as one buffer, their bytes one after the other. */
final class Burst {

  /** The rev of a member that must receive no lasting change: no change is above it. */
  static final long NOTHING_THAT_LASTS = Long.MAX_VALUE;

  private final List<Frame> frames;
  private final ByteBuf wire;
  private final boolean forEveryone;
  private final long oldestRev;

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
