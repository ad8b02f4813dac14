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
 * The rooms that one connection is in: it enters them and leaves them, and is told of each change
 * of its user's own memberships once. From the moment a place is {@link #entered} the connection
 * owns it and leaves it at its end.
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

  /** Whether the connection is in a room at this moment. */
  public boolean isIn(RoomId room) {
    return places.isIn(room);
  }

  /** The connection's place in a room; null when it is not in it. */
  public @Nullable Place place(RoomId room) {
    return places.in(room);
  }

  /** How many rooms the connection is in, its user's own among them. */
  public int size() {
    return places.size();
  }

  /** Fails with {@code too_many_rooms} where the connection may not enter one more room. */
  public void checkSpaceFor(RoomId room) {
    if (size() > limit && !isIn(room)) {
      throw GatewayException.of(ErrorCode.TOO_MANY_ROOMS);
    }
  }

  /**
   * Leaves a place again and fails with {@code too_many_rooms} where it is one too many: rooms that
   * a connection enters side by side all saw space for one more.
   */
  public void keepWithinLimit(Place place) {
    if (size() > limit + 1) {
      leave(place);
      throw GatewayException.of(ErrorCode.TOO_MANY_ROOMS);
    }
  }

  /**
   * Remembers a place taken, and leaves an older one in the same room.
   *
   * @return false if the connection is gone or the place has ended; it has been left then
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
   * Remembers a place taken at a state that the connection is about to be told, and tells it first
   * what it has not heard of its user's own membership up to that state: the copies of that, still
   * under way, must not follow what is newer.
   *
   * @param ownChanges frames of the room, ascending
   * @return false if the place is void and has been left: the connection is gone, the place has
   *     ended, or the connection knows of something newer than its state
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

  /** Forgets what the connection has been told of a room whose numbers have begun anew. */
  public void forget(RoomId room) {
    places.forget(room);
  }

  /** Leaves a room; nothing of it is delivered afterwards. */
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
   * Ends a place that a newer one in the same room is going to follow; if none does, {@link
   * #leave(Place)} has to. In between the connection still counts as in the room.
   */
  public void supersede(Place place) {
    places.supersede(place);
    place.leave();
  }

  /** Forgets a place that its room has ended, on the event loop. */
  void evicted(Place place) {
    // A newer place in the same room, of one who was let in again, stays.
    places.remove(place);
    tellOwedNow(place.roomId());
  }

  /** Tells the user's own changes that the room has not brought and will not bring any more. */
  private void tellOwed(RoomId room) {
    if (!sender.isClosing() && places.hasNews()) {
      sender.eventLoop().execute(() -> tellOwedNow(room));
    }
  }

  private void tellOwedNow(RoomId room) {
    places.owed(room).forEach(this::offer);
  }

  /**
   * Sends a frame that came by its own, on the event loop; one about the user's membership once.
   */
  void offer(Frame frame) {
    if (frame.change() == null) {
      sender.offer(frame);
    } else {
      news(frame, frame.rev() > 0).forEach(sender::offer);
    }
  }

  /** Takes note that a room owes a frame about the user's own membership, on the event loop. */
  void owe(Frame frame) {
    news(frame, false).forEach(sender::offer);
  }

  /** The frames to send where one has come; not always itself if it is about a membership. */
  private List<Frame> news(Frame frame, boolean inTurn) {
    MemberChange change = frame.change();
    return change == null || !change.userId().equals(connection.userId())
        ? List.of(frame)
        : places.news(frame, change, inTurn);
  }
}
