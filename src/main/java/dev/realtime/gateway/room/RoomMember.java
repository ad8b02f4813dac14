package dev.realtime.gateway.room;

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

  /** The room has put it out of this place; nothing follows through it. From any thread. */
  void evicted(Membership membership);

  /**
   * What it was given through this place is no longer in the room's log. It is out of the place,
   * and must reconnect and resume. From any thread.
   */
  void outdated(Membership membership);
}
