package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomId;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * One member's place in one room, given at a state of it. It waits at first; {@link #goLive} lets
 * frames through. It ends by {@link #leave} or by an eviction that is newer than its state,
 * whichever is first.
 *
 * <p>The place's state decides what comes through. The member's event loop moves it, in one order
 * with the frames, so that each frame meets the state it was published into; only {@link
 * State#ENDED} may come from any thread, and is final. Other threads may read the state.
 */
public final class Place {

  /** What comes through a place. */
  enum State {
    /** Nothing yet: the member is about to be told a state of the room. */
    WAITING,
    /** What does not last; a removal puts the member out at once. */
    HELD,
    /**
     * What does not last. The place was live, and whoever holds it brings the lasting changes in
     * their order, a removal among them.
     */
    PAUSED,
    /** Everything above the {@code rev} it went live from. */
    LIVE,
    /** Nothing any more. */
    ENDED
  }

  private final Room room;
  private final RoomMember member;
  private volatile State state = State.WAITING; // written holding this
  private @Nullable Runnable onEnd; // guarded by this

  // Touched on the member's event loop only: where the place stands among those of its shard, or
  // -1; and the rev it went live from last.
  int index = -1;
  private long liveFrom;

  // Written on the member's event loop only.
  private volatile long asOf;
  // From whichever thread goes live or resumes, one after the other.
  private volatile long since;

  Place(Room room, RoomMember member, long asOf) {
    this.room = room;
    this.member = member;
    this.asOf = asOf;
  }

  /** Which room this is a place in. */
  public RoomId roomId() {
    return room.id();
  }

  RoomMember member() {
    return member;
  }

  /** The {@code rev} of the state it was given or renewed at: what the member has been told. */
  public long asOf() {
    return asOf;
  }

  /** Whether everything comes through: it does not wait, is not held and has not ended. */
  public boolean isLive() {
    return state == State.LIVE;
  }

  /** Whether nothing of the room comes through any more. */
  public boolean isEnded() {
    return state == State.ENDED;
  }

  /** The {@code rev} after which the member has been given every lasting change. */
  public long since() {
    return since;
  }

  /** Remembers {@link #since()}. */
  public void since(long rev) {
    since = rev;
  }

  /** The {@code rev} up to which everything has passed the room; 0 where nothing lasts. */
  public Mono<Long> position() {
    return room.position();
  }

  /**
   * Begins live delivery of every change above a position.
   *
   * @param position the {@code rev} up to which the member has everything; frames at or below it
   *     are skipped
   * @return true when live; false when the room is already further and the member must first read
   *     what it missed from the log and try again. A place that has ended is live: there is nothing
   *     to wait for.
   */
  public Mono<Boolean> goLive(long position) {
    return room.goLive(this, position);
  }

  /**
   * Begins live delivery of what does not last; lasting changes are held back until {@link
   * #goLive}.
   */
  public Mono<Void> goLiveHeld() {
    return room.goLiveHeld(this);
  }

  /**
   * Holds lasting changes back from a live member until the hold goes live; what does not last
   * comes through all the same.
   *
   * @return belongs to the caller from now on, who has to end it
   */
  public Hold hold() {
    return new Hold(this, room.hold(this));
  }

  /**
   * Moves a place to a newer state, as if it had been given at that: removals before it mean
   * nothing any more. The member must have been given every change up to there, and the place must
   * be held until it goes live from there.
   *
   * @return false if the place has ended or still waits
   */
  public Mono<Boolean> renew(long newAsOf) {
    return room.renew(this, newAsOf);
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

  /**
   * Ends it and has the member resume, where a hold was closed and nobody brings what it missed.
   */
  void abandon() {
    room.abandon(this);
  }

  /** Runs a task once it has ended, in whatever way; at once if it has. From any thread. */
  public void onEnd(Runnable task) {
    synchronized (this) {
      if (!isEnded()) {
        onEnd = task;
        return;
      }
    }
    task.run();
  }

  /** Marks it as ended; false if it was already. From any thread. */
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

  /** The room's count of those who get something follows the states, so it cannot drift. */
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

  // Below: on the member's event loop, in order with the frames.

  /** Lets through what lasts above this {@code rev}, and all that does not last. */
  void startAfter(long rev) {
    if (state != State.LIVE) {
      liveFrom = rev;
      become(State.LIVE);
    }
  }

  /** Lets through what does not last. */
  void startHeld() {
    if (state == State.WAITING) {
      become(State.HELD);
    }
  }

  /** Lets no lasting change through any more; gives the {@code rev} it went live from. */
  long pause() {
    if (state == State.LIVE) {
      become(State.PAUSED);
    }
    return liveFrom;
  }

  /** Whether it belongs to this state from now on: it has not ended, and does not wait. */
  boolean renewNow(long newAsOf) {
    if (!isPresent(state)) {
      return false;
    }
    asOf = Math.max(asOf, newAsOf);
    return state != State.PAUSED || become(State.HELD);
  }

  /** Whether somebody has yet to bring it live. */
  boolean isHeld() {
    return state != State.LIVE && state != State.ENDED;
  }

  /** Delivers what it is to see. */
  void deliver(Burst burst) {
    switch (state) {
      case LIVE -> burst.deliverTo(member, liveFrom);
      case HELD, PAUSED -> burst.deliverTo(member, Burst.NOTHING_THAT_LASTS);
      case WAITING -> burst.oweTo(member);
      case ENDED -> {}
    }
  }

  /**
   * Whether a frame puts it out here and now. A removal from before the place's state says nothing
   * about it: the member has been back. One that says something waits for its turn where whoever
   * holds the place brings it.
   */
  boolean isPutOutBy(Frame frame) {
    return frame.evicts(member)
        && (frame.rev() == 0 || frame.rev() > asOf)
        && (frame.saysNothing() || state != State.PAUSED);
  }

  /**
   * Tells a member that is put out of the removal, unless it has been delivered or says nothing.
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
