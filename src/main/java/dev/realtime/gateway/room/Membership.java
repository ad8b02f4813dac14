package dev.realtime.gateway.room;

import reactor.core.publisher.Mono;

/**
 * One member's place in one room. It waits at first; {@link #goLive} lets frames through. Ends by
 * {@link #leave} or by eviction, whichever is first.
 */
public final class Membership {

  private final Room room;
  private final RoomMember member;
  private volatile boolean ended;
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

  /** Marks it as ended; false if it was already. */
  synchronized boolean end() {
    boolean first = !ended;
    ended = true;
    return first;
  }

  /** Delivers on the member's event loop what it is to see, unless it has ended. */
  void deliver(Burst burst) {
    if (!ended) {
      burst.deliverTo(member, position);
    }
  }
}
