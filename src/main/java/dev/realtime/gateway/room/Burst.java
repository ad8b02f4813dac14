package dev.realtime.gateway.room;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;

/** Frames that go to the members of a room in one piece, their bytes one after the other. */
final class Burst {

  /** The position of a member that is to get no lasting change: none is above it. */
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

  /** Its buffer is released by {@link #release}. */
  static Burst of(List<Frame> frames, ByteBufAllocator allocator) {
    ByteBuf wire = allocator.directBuffer(frames.stream().mapToInt(WireFormat::length).sum());
    frames.forEach(frame -> WireFormat.write(frame, wire));
    return new Burst(frames, wire);
  }

  /**
   * Delivers to one member what it may see.
   *
   * @param position the {@code rev} up to which it has everything
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

  /** Delivers nothing: what is about the member itself it is told later, or without the room. */
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
