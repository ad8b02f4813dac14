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
  // Touched in the room's mailbox only.
  boolean held;
  // From whichever thread goes live or resumes, one after the other.
  private volatile long since;

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

  /**
   * Begins live delivery of what does not last; lasting changes, an eviction among them, are held
   * back until {@link #goLive}.
   */
  public Mono<Void> goLiveHeld() {
    return room.goLiveHeld(this);
  }

  /** The {@code rev} up to which everything has passed the room; 0 where nothing lasts. */
  public Mono<Long> position() {
    return room.position();
  }

  /**
   * Holds lasting changes back from a live member until it goes live again; what does not last
   * comes through all the same.
   *
   * @return the {@code rev} up to which it has been given everything; completes once nothing later
   *     can reach it
   */
  public Mono<Long> hold() {
    return room.hold(this);
  }

  /** The {@code rev} after which the member has been given every lasting change. */
  public long since() {
    return since;
  }

  /** Remembers {@link #since()}. */
  public void since(long rev) {
    since = rev;
  }

  /**
   * Has the room look at its log, which contradicts it. Completes when the room has drawn its
   * conclusions, and never fails.
   */
  public Mono<Void> compareWithLog() {
    return room.compareWithLog();
  }

  /** Leaves; nothing of the room is delivered after this returns. A second call does nothing. */
  public void leave() {
    room.leave(this);
  }

  RoomMember member() {
    return member;
  }

  /** Lasting changes at or below this one do not come through. */
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

  /** A change that lies before the member came in says nothing about it: it may have been back. */
  boolean isEvictedBy(Frame frame) {
    return frame.evicts(member) && (frame.rev() == 0 || frame.rev() > position);
  }

  /** Delivers on the member's event loop what it is to see, unless it has ended. */
  void deliver(Burst burst) {
    if (!ended) {
      burst.deliverTo(member, position);
    }
  }
}
