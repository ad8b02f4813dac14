package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomId;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.List;

/**
 * A member of rooms: a connection. Rooms call every method but {@link #userId}, {@link #isIn} and
 * {@link #eventLoop} on its event loop.
 */
public interface RoomMember {

  /** Returns the id of the connection's user. */
  String userId();

  /** Returns the event loop that serves the connection; it never changes. */
  EventLoop eventLoop();

  /** Returns whether the connection is in that room at this moment. */
  boolean isIn(RoomId room);

  /**
   * Delivers frames, or drops each as its delivery class permits. Never blocks, never throws.
   *
   * @param wire the frames' bytes one after the other, shared with other members and owned by the
   *     caller: write a duplicate of it
   */
  void deliver(List<Frame> frames, ByteBuf wire);

  /**
   * Delivers a frame about the member's own membership, unless the member has already received it:
   * both the room and a copy in the user's own room bring it.
   */
  default void deliverOwn(Frame frame, ByteBuf wire) {
    deliver(List.of(frame), wire);
  }

  /**
   * Records a frame about the member's own membership that passed the room while the member's place
   * was waiting: the room brings it later, or the place ends and the member receives it without the
   * room.
   */
  default void oweOwn(Frame frame) {}

  /** Reports that the room has evicted the member from this place; no frame follows through it. */
  void evicted(Place membership);

  /**
   * Reports that the log no longer has changes which the member received through this place. The
   * place has ended, and the member must reconnect and resume. From any thread.
   */
  void outdated(Place membership);
}
