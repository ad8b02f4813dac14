package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomId;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.List;

/**
 * One who is in rooms: a connection. Everything but {@link #userId}, {@link #isIn} and {@link
 * #eventLoop} is called on its event loop.
 */
public interface RoomMember {

  /** Whose connection this is. */
  String userId();

  /** The event loop that serves the connection; it never changes. */
  EventLoop eventLoop();

  /** Whether it is in that room at this moment. */
  boolean isIn(RoomId room);

  /**
   * Takes frames, or drops each as its delivery class permits. Never blocks, never throws.
   *
   * @param wire the frames' bytes one after the other, shared with other members and owned by the
   *     caller: write a duplicate of it
   */
  void deliver(List<Frame> frames, ByteBuf wire);

  /**
   * Takes a frame about the member's own membership, unless it has been told of that already: the
   * room brings it, and so does a copy in the user's own room.
   */
  default void deliverOwn(Frame frame, ByteBuf wire) {
    deliver(List.of(frame), wire);
  }

  /**
   * A frame about the member's own membership has passed the room while the member's place took
   * nothing: the room brings it later, or the place ends and the member has to be told without it.
   */
  default void oweOwn(Frame frame) {}

  /** The room has put it out of this place; nothing follows through it. */
  void evicted(Place membership);

  /**
   * What it was given through this place is no longer in the room's log. It is out of the place,
   * and must reconnect and resume. From any thread.
   */
  void outdated(Place membership);
}
