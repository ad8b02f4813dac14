package dev.realtime.gateway.session;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.Frame.MemberChange;
import dev.realtime.gateway.room.Place;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The rooms of one connection: it enters and leaves them, and sends each change of its user's own
 * memberships once. The connection owns a place from the moment it is {@link #entered} and leaves
 * it when the connection ends.
 */
public final class ConnectionRooms {

  private final Connection connection;
  private final Sender sender;
  private final int limit;
  private final Places places = new Places();

  /**
   * @param limit rooms that the connection may be in, besides its user's own
   */
  ConnectionRooms(Connection connection, Sender sender, int limit) {
    this.connection = connection;
    this.sender = sender;
    this.limit = limit;
  }

  /** Returns whether the connection is in a room at this moment. */
  public boolean isIn(RoomId room) {
    return places.isIn(room);
  }

  /** Returns the connection's place in a room; null if it is not in the room. */
  public @Nullable Place place(RoomId room) {
    return places.in(room);
  }

  /** Returns how many rooms the connection is in, including its user's own. */
  public int size() {
    return places.size();
  }

  /** Fails with {@code too_many_rooms} if the connection may not enter one more room. */
  public void checkSpaceFor(RoomId room) {
    if (size() > limit && !isIn(room)) {
      throw GatewayException.of(ErrorCode.TOO_MANY_ROOMS);
    }
  }

  /**
   * Leaves a place and fails with {@code too_many_rooms} if it exceeds the limit: joins that run
   * concurrently may all have seen space for one more room.
   */
  public void keepWithinLimit(Place place) {
    if (size() > limit + 1) {
      leave(place);
      throw GatewayException.of(ErrorCode.TOO_MANY_ROOMS);
    }
  }

  /**
   * Adds a place, and leaves an older one in the same room.
   *
   * @return false if the connection is gone or the place has ended; the place has then been left
   */
  public boolean entered(Place place) {
    Place older = places.add(place);
    if (older != null) {
      older.leave();
    }
    if (sender.isClosing()) {
      leave(place.roomId());
    } else if (place.isEnded()) {
      places.remove(place);
      tellOwed(place.roomId());
    }
    return !place.isEnded();
  }

  /**
   * Adds a place whose state the connection is about to receive. It first sends the changes of the
   * user's own membership up to that state which the connection has not received, because their
   * copies, still under way, must not follow newer changes.
   *
   * @param ownChanges frames of the room, ascending
   * @return false if the place is void and has been left: the connection is gone, the place has
   *     ended, or the connection has received a newer change than its state
   */
  public Mono<Boolean> entered(Place place, List<Frame> ownChanges) {
    return Mono.create(
        done -> sender.eventLoop().execute(() -> done.success(enteredNow(place, ownChanges))));
  }

  private boolean enteredNow(Place place, List<Frame> ownChanges) {
    boolean outdated = places.isPast(place.roomId(), place.asOf());
    if (sender.isClosing() || outdated || place.isEnded()) {
      place.leave();
      return false;
    }
    ownChanges.forEach(this::offer);
    return entered(place);
  }

  /** Forgets the changes sent of a room whose revs have restarted. */
  public void forget(RoomId room) {
    places.forget(room);
  }

  /** Leaves a room, which delivers nothing afterwards. */
  public void leave(RoomId room) {
    Place place = places.in(room);
    if (place != null) {
      leave(place);
    }
  }

  /** Leaves one place; a newer one in the same room stays. */
  public void leave(Place place) {
    place.leave();
    places.remove(place);
    tellOwed(place.roomId());
  }

  void leaveAll() {
    places.rooms().forEach(this::leave);
  }

  /**
   * Ends a place that a newer one in the same room will replace; if none does, the caller must call
   * {@link #leave(Place)}. In between the connection still counts as in the room.
   */
  public void supersede(Place place) {
    places.supersede(place);
    place.leave();
  }

  /** Removes a place that its room has ended, on the event loop. */
  void evicted(Place place) {
    // A newer place in the same room stays: the member may have been readmitted.
    places.remove(place);
    tellOwedNow(place.roomId());
  }

  /** Sends the user's own changes that the room owes and will not deliver any more. */
  private void tellOwed(RoomId room) {
    if (!sender.isClosing() && places.hasNews()) {
      sender.eventLoop().execute(() -> tellOwedNow(room));
    }
  }

  private void tellOwedNow(RoomId room) {
    places.owed(room).forEach(this::offer);
  }

  /**
   * Sends a frame that arrived individually, on the event loop; a change of the user's own
   * membership is sent once.
   */
  void offer(Frame frame) {
    if (frame.change() == null) {
      sender.offer(frame);
    } else {
      news(frame, frame.rev() > 0).forEach(sender::offer);
    }
  }

  /** Records that a room owes a frame about the user's own membership, on the event loop. */
  void owe(Frame frame) {
    news(frame, false).forEach(sender::offer);
  }

  /**
   * Returns the frames to send for one that arrived; if it is about the user's own membership it
   * may not be among them.
   */
  private List<Frame> news(Frame frame, boolean inTurn) {
    MemberChange change = frame.change();
    return change == null || !change.userId().equals(connection.userId())
        ? List.of(frame)
        : places.news(frame, change, inTurn);
  }
}
