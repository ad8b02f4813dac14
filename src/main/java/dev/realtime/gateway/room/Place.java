package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomId;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * One member's place in one room, given at a state of it. It waits at first; {@link #goLive} lets
 * frames through. Ends by {@link #leave} or by an eviction that is newer than its state, whichever
 * is first.
 */
public final class Place {

  /** The position of a place that is held: no change is above it. */
  static final long HELD = Long.MAX_VALUE;

  private final Room room;
  private final RoomMember member;
  private volatile boolean ended;
  private @Nullable Runnable onEnd; // guarded by this
  // Below: touched on the member's event loop only.
  private long position;
  int index = -1;
  private boolean paused;
  // Written in the room's mailbox only.
  volatile boolean held;
  // The position it went live from last; touched in the room's mailbox only.
  long liveFrom;
  // From whichever thread goes live or resumes, one after the other.
  private volatile long since;
  volatile boolean live;
  // Written on the member's event loop only.
  private volatile long asOf;

  Place(Room room, RoomMember member, long asOf) {
    this.room = room;
    this.member = member;
    this.asOf = asOf;
  }

  /** The {@code rev} of the state it was given or renewed at: what the member has been told. */
  public long asOf() {
    return asOf;
  }

  /** Whether everything comes through: it does not wait, and is not held for a replay. */
  public boolean isLive() {
    return live && !held && !ended;
  }

  /**
   * Moves a live place to a newer state, as if it had been given at that: removals before it mean
   * nothing any more. The member must have been given every change up to there, and the place must
   * be held until it goes live from there.
   *
   * @return false if the place has ended
   */
  public Mono<Boolean> renew(long newAsOf) {
    return room.renew(this, newAsOf);
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

  /** Whether it has not ended and belongs to this state from now on; on the event loop. */
  boolean renewNow(long newAsOf) {
    paused = false;
    asOf = Math.max(asOf, newAsOf);
    return !ended;
  }

  /** Lasting changes at or below this one do not come through. */
  void startAfter(long rev) {
    position = rev;
    paused = false;
  }

  /** No lasting change comes through, and whoever holds it brings what it missed in order. */
  void pause() {
    position = HELD;
    paused = true;
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

  /** A removal from before the place's state says nothing about it: the member has been back. */
  boolean isEvictedBy(Frame frame) {
    return frame.evicts(member) && (frame.rev() == 0 || frame.rev() > asOf);
  }

  /**
   * Whether a frame puts it out here and now. A removal that says something has to wait in its
   * order where the place was live and is only paused.
   */
  boolean isPutOutBy(Frame frame) {
    return isEvictedBy(frame) && (frame.saysNothing() || !paused);
  }

  /** One who was held back or still waited learns of its eviction all the same, if it says so. */
  void deliverLast(Frame frame) {
    boolean delivered = index >= 0 && (frame.rev() == 0 || frame.rev() > position);
    if (ended || delivered || frame.saysNothing()) {
      return;
    }
    Burst burst = Burst.of(List.of(frame), ByteBufAllocator.DEFAULT);
    try {
      burst.deliverTo(member, 0);
    } finally {
      burst.release();
    }
  }

  /** Delivers on the member's event loop what it is to see, unless it has ended. */
  void deliver(Burst burst) {
    if (!ended) {
      burst.deliverTo(member, position);
    }
  }
}
