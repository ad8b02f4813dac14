package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomId;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The place of one member in one room, created at one state of the room. It waits at first; {@link
 * #goLive} lets frames through. It ends by {@link #leave} or by an eviction newer than its state,
 * whichever is first.
 *
 * <p>The place's state decides which frames come through. The member's event loop changes the
 * state, in one order with the frames, so that each frame meets the state it was published into;
 * only {@link State#ENDED} may be set by any thread, and is final. Other threads may read the
 * state.
 */
public final class Place {

  /** The frames that come through a place. */
  enum State {
    /** No frame yet: the member is about to receive a state of the room. */
    WAITING,
    /** Frames that do not last; an eviction ends the place at once. */
    HELD,
    /**
     * Frames that do not last. The place was live, and its holder brings the lasting changes in
     * their order, including an eviction.
     */
    PAUSED,
    /** Every frame above the {@code rev} from which the place went live. */
    LIVE,
    /** No frame any more. */
    ENDED
  }

  private final Room room;
  private final RoomMember member;
  private volatile State state = State.WAITING; // written holding this
  private @Nullable Runnable onEnd; // guarded by this

  // Used on the member's event loop only: the index of the place in its shard, or -1; and the rev
  // from which it last went live.
  int index = -1;
  private long liveFrom;

  // Written on the member's event loop only.
  private volatile long asOf;
  // Written by any thread that goes live or resumes, one after the other.
  private volatile long since;

  Place(Room room, RoomMember member, long asOf) {
    this.room = room;
    this.member = member;
    this.asOf = asOf;
  }

  /** Returns the id of the room. */
  public RoomId roomId() {
    return room.id();
  }

  RoomMember member() {
    return member;
  }

  /** Returns the {@code rev} of the state at which the place was created or renewed. */
  public long asOf() {
    return asOf;
  }

  /**
   * Returns whether every frame comes through: the place does not wait, is not held and has not
   * ended.
   */
  public boolean isLive() {
    return state == State.LIVE;
  }

  /** Returns whether no frame of the room comes through any more. */
  public boolean isEnded() {
    return state == State.ENDED;
  }

  /** Returns the {@code rev} after which the member has received every lasting change. */
  public long since() {
    return since;
  }

  /** Sets the rev that {@link #since()} returns. */
  public void since(long rev) {
    since = rev;
  }

  /**
   * Returns the {@code rev} up to which everything has passed the room; 0 in a room without a log,
   * empty in a room that has opened before its rev is known.
   */
  public Mono<Long> position() {
    return room.position();
  }

  /**
   * Begins live delivery of every change above a rev.
   *
   * @param position the {@code rev} up to which the member has every change; the place skips frames
   *     at or below it
   * @return true when live; false when the room is already further and the member must first read
   *     the missed changes from the log and try again. A place that has ended counts as live, since
   *     no frame will come.
   */
  public Mono<Boolean> goLive(long position) {
    return room.goLive(this, position);
  }

  /**
   * Begins live delivery of frames that do not last; the place holds lasting changes back until
   * {@link #goLive}.
   */
  public Mono<Void> goLiveHeld() {
    return room.goLiveHeld(this);
  }

  /**
   * Begins live delivery of frames that do not last at once, and of every frame once the room's rev
   * is known.
   *
   * @param onLive runs on the member's event loop once {@link #since()} is set and the place live
   */
  public void goLiveOnceOpen(Runnable onLive) {
    room.goLiveOnceOpen(this, onLive);
  }

  /**
   * Holds lasting changes back from a live member until the hold goes live; other frames still come
   * through.
   *
   * @return the hold, which the caller owns and must end
   */
  public Hold hold() {
    return new Hold(this, room.hold(this));
  }

  /**
   * Moves the place to a newer state: evictions before that state no longer end it. The member must
   * have received every change up to the state, and the place must be held until it goes live from
   * there.
   *
   * @return false if the place has ended or still waits
   */
  public Mono<Boolean> renew(long newAsOf) {
    return room.renew(this, newAsOf);
  }

  /**
   * Makes the room compare itself with its log, which contradicts it. Completes when the comparison
   * has taken effect, and never fails.
   */
  public Mono<Void> compareWithLog() {
    return room.compareWithLog();
  }

  /** Leaves the room; it delivers nothing after this returns. A second call does nothing. */
  public void leave() {
    room.leave(this);
  }

  /** Ends the place and makes the member resume, after a hold was closed before it went live. */
  void abandon() {
    room.abandon(this);
  }

  /** Runs a task once the place has ended for any reason; at once if it has. From any thread. */
  public void onEnd(Runnable task) {
    synchronized (this) {
      if (!isEnded()) {
        onEnd = task;
        return;
      }
    }
    task.run();
  }

  /** Ends the place; returns false if it had ended already. From any thread. */
  boolean end() {
    Runnable task;
    synchronized (this) {
      if (!become(State.ENDED)) {
        return false;
      }
      task = onEnd;
      onEnd = null;
    }
    if (task != null) {
      task.run();
    }
    return true;
  }

  /**
   * Changes the state together with the room's count of present members, so that the count cannot
   * drift.
   */
  private synchronized boolean become(State next) {
    if (state == State.ENDED) {
      return false;
    }
    room.countPresent((isPresent(next) ? 1 : 0) - (isPresent(state) ? 1 : 0));
    state = next;
    return true;
  }

  private static boolean isPresent(State state) {
    return state != State.WAITING && state != State.ENDED;
  }

  // The methods below run on the member's event loop, in order with the frames.

  /** Lets lasting changes above this {@code rev} through, and every frame that does not last. */
  void startAfter(long rev) {
    if (state != State.LIVE) {
      liveFrom = rev;
      become(State.LIVE);
    }
  }

  /** Lets frames that do not last through. */
  void startHeld() {
    if (state == State.WAITING) {
      become(State.HELD);
    }
  }

  /** Stops lasting changes; returns the {@code rev} from which the place last went live. */
  long pause() {
    if (state == State.LIVE) {
      become(State.PAUSED);
    }
    return liveFrom;
  }

  /** Moves the place to a newer state; returns false if it has ended or still waits. */
  boolean renewNow(long newAsOf) {
    if (!isPresent(state)) {
      return false;
    }
    asOf = Math.max(asOf, newAsOf);
    return state != State.PAUSED || become(State.HELD);
  }

  /** Returns whether the place has yet to go live. */
  boolean isHeld() {
    return state != State.LIVE && state != State.ENDED;
  }

  /** Delivers the frames that the state lets through. */
  void deliver(Burst burst) {
    switch (state) {
      case LIVE -> burst.deliverTo(member, liveFrom);
      case HELD, PAUSED -> burst.deliverTo(member, Burst.NOTHING_THAT_LASTS);
      case WAITING -> burst.oweTo(member);
      case ENDED -> {}
    }
  }

  /**
   * Returns whether a frame ends this place now. An eviction from before the place's state does
   * not: the member has rejoined since. While the place is paused, its holder delivers an eviction
   * that carries an event in its turn.
   */
  boolean isPutOutBy(Frame frame) {
    return frame.evicts(member)
        && (frame.rev() == 0 || frame.rev() > asOf)
        && (frame.saysNothing() || state != State.PAUSED);
  }

  /**
   * Delivers the frame of an eviction to the evicted member, unless it was delivered or carries no
   * event.
   */
  void deliverLast(Frame frame) {
    boolean delivered =
        switch (state) {
          case LIVE -> frame.rev() == 0 || frame.rev() > liveFrom;
          case HELD, PAUSED -> frame.rev() == 0;
          case WAITING -> false;
          case ENDED -> true;
        };
    if (delivered || frame.saysNothing()) {
      return;
    }
    Burst burst = Burst.of(List.of(frame), ByteBufAllocator.DEFAULT);
    try {
      burst.deliverTo(member, 0);
    } finally {
      burst.release();
    }
  }
}
