package dev.realtime.gateway.room;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * One member's place in one room. It waits at first; {@link #goLive} lets frames through. Ends by
 * {@link #leave} or by eviction, whichever is first.
 */
public final class Membership {

  private final Room room;
  private final RoomMember member;
  private volatile boolean ended;
  private @Nullable Runnable onEnd; // guarded by this
  // Below: touched on the member's event loop only.
  private long position;
  int index = -1;

  Membership(Room room, RoomMember member) {
    this.room = room;
    this.member = member;
  }

  /** Which room this is a place in. */
  public RoomId roomId() {
    return room.id();
  }

  /** Whether nothing of the room comes through any more. */
  public boolean isEnded() {
    return ended;
  }

  /**
   * Begins live delivery of every change above a position.
   *
   * @param position the {@code rev} up to which the member has everything; frames at or below it
   *     are skipped
   * @return true when live; false when the room is already further and the member must first read
   *     what it missed from the log and try again. An ended membership is live: there is nothing to
   *     wait for.
   */
  public Mono<Boolean> goLive(long position) {
    return room.goLive(this, position);
  }

  /** Leaves; nothing of the room is delivered after this returns. A second call does nothing. */
  public void leave() {
    room.leave(this);
  }

  RoomMember member() {
    return member;
  }

  void startAfter(long rev) {
    position = rev;
  }

  /** Runs a task once it has ended, in whatever way; at once if it has. From any thread. */
  public void onEnd(Runnable task) {
    synchronized (this) {
      if (!ended) {
        onEnd = task;
        return;
      }
    }
    task.run();
  }

  /** Marks it as ended; false if it was already. */
  boolean end() {
    Runnable task;
    synchronized (this) {
      if (ended) {
        return false;
      }
      ended = true;
      task = onEnd;
      onEnd = null;
    }
    if (task != null) {
      task.run();
    }
    return true;
  }

  /** Delivers on the member's event loop what it is to see, unless it has ended. */
  void deliver(Burst burst) {
    if (!ended) {
      burst.deliverTo(member, position);
    }
  }
}
