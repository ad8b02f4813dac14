package dev.realtime.gateway.session;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.Frame.MemberChange;
import dev.realtime.gateway.room.Place;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The places of one connection, at most one in each room, and the changes of its user's own
 * memberships that it has received. Such a change arrives twice, from the room and as a copy from
 * the user's own room, in either order; the connection receives it once.
 *
 * <p>The methods that decide whether to send it are synchronized, so that a place cannot begin or
 * end in between.
 */
final class Places {

  /** Initially small: most connections are in their user's room and in no other. */
  private final Map<RoomId, Place> places = new ConcurrentHashMap<>(1);

  // Both guarded by this, and empty until needed: most connections are idle and receive nothing.
  private @Nullable OwnChanges own;
  private Set<Place> superseded = Set.of();

  boolean isIn(RoomId room) {
    return places.containsKey(room);
  }

  @Nullable Place in(RoomId room) {
    return places.get(room);
  }

  int size() {
    return places.size();
  }

  Set<RoomId> rooms() {
    return places.keySet();
  }

  /** Adds a place; returns the older one in the same room, which the caller must leave. */
  synchronized @Nullable Place add(Place place) {
    forgetSuperseded(place.roomId());
    if (own != null) {
      own.told(place.roomId(), place.asOf());
    }
    return places.put(place.roomId(), place);
  }

  /**
   * Removes a place that has ended or is about to; {@link #owed} returns the changes its room owed.
   */
  synchronized void remove(Place place) {
    if (places.remove(place.roomId(), place)) {
      forgetSuperseded(place.roomId());
      if (place.roomId().kind() == RoomId.Kind.CHAT) {
        ownChanges().told(place.roomId(), place.asOf());
      }
    }
  }

  /**
   * Removes and returns the changes that a room owed the connection and will not deliver any more,
   * in the order to send them. Call it only when sending them, since later changes may already have
   * included them.
   */
  synchronized List<Frame> owed(RoomId room) {
    return own == null || brings(places.get(room)) ? List.of() : own.takeOwed(room, Long.MAX_VALUE);
  }

  /** Returns whether any change of the user's own memberships has been sent or owed. */
  synchronized boolean hasNews() {
    return own != null;
  }

  /** Returns whether the connection has received a newer change of a room than this rev. */
  synchronized boolean isPast(RoomId room, long rev) {
    return own != null && own.told(room) > rev;
  }

  /** Forgets the changes sent of a room whose revs now have another meaning. */
  synchronized void forget(RoomId room) {
    if (own != null) {
      own.forget(room);
    }
  }

  /**
   * Keeps a place that has been left until a newer one follows: its room still owes its changes.
   */
  synchronized void supersede(Place place) {
    if (superseded.isEmpty()) {
      superseded = new HashSet<>();
    }
    superseded.add(place);
  }

  private boolean brings(@Nullable Place place) {
    return place != null && (!place.isEnded() || superseded.contains(place));
  }

  /**
   * Returns the frames to send for a frame about the user's own membership: none if it was sent
   * before, or if the room will deliver it in its turn; should the place end before that, {@link
   * #owed} returns it. If the room skips changes it owed, those go first.
   *
   * @param inTurn whether the room delivers the frame in its order, to this connection
   */
  synchronized List<Frame> news(Frame frame, MemberChange change, boolean inTurn) {
    RoomId room = change.room();
    if (change.rev() == 0) {
      forget(room);
      return List.of(frame);
    }
    Place place = places.get(room);
    OwnChanges changes = ownChanges();
    long told = Math.max(changes.told(room), place == null ? 0 : place.asOf());
    if (change.rev() <= told) {
      return List.of();
    }
    if (!inTurn && brings(place) && changes.owe(frame, change)) {
      return List.of();
    }
    List<Frame> news = new ArrayList<>(changes.takeOwed(room, change.rev()));
    news.add(frame);
    changes.told(room, change.rev());
    return news;
  }

  private void forgetSuperseded(RoomId room) {
    if (!superseded.isEmpty()) {
      superseded.removeIf(place -> place.roomId().equals(room));
    }
    if (superseded.isEmpty()) {
      superseded = Set.of();
    }
  }

  private OwnChanges ownChanges() {
    OwnChanges present = own == null ? new OwnChanges() : own;
    own = present;
    return present;
  }

  /**
   * The changes of its user's memberships that one connection has received, and those it is owed.
   * Both are bounded: the two copies of a change arrive moments apart, so older entries are of no
   * use. Not thread-safe.
   */
  private static final class OwnChanges {

    /**
     * Rooms whose received changes are remembered; the one updated longest ago is forgotten first.
     */
    static final int ROOMS = 64;

    /** Changes that may wait for their rooms; a further one is sent at once. */
    static final int OWED = 64;

    private record Owed(MemberChange change, Frame frame) {}

    private final Map<RoomId, Long> told =
        new LinkedHashMap<>() {
          @Override
          protected boolean removeEldestEntry(Map.Entry<RoomId, Long> eldest) {
            return size() > ROOMS;
          }
        };

    private final List<Owed> owed = new ArrayList<>(0);

    /**
     * Returns the {@code rev} up to which the connection knows its memberships in a room; 0 for
     * none.
     */
    long told(RoomId room) {
      return told.getOrDefault(room, 0L);
    }

    /**
     * Records that the connection knows everything up to this {@code rev}, so none of it is owed.
     */
    void told(RoomId room, long rev) {
      long known = Math.max(rev, told(room));
      told.remove(room);
      if (known > 0) {
        told.put(room, known);
      }
      owed.removeIf(each -> each.change().room().equals(room) && each.change().rev() <= known);
    }

    /** Keeps a change that a room will deliver in its turn; returns false if too many wait. */
    boolean owe(Frame frame, MemberChange change) {
      boolean space = owed.size() < OWED;
      boolean known = owed.stream().anyMatch(each -> each.change().equals(change));
      if (space && !known) {
        owed.add(new Owed(change, frame));
      }
      return space || known;
    }

    /** Removes and returns the changes that a room owes below a {@code rev}, ascending. */
    List<Frame> takeOwed(RoomId room, long below) {
      List<Owed> taken =
          owed.stream()
              .filter(each -> each.change().room().equals(room) && each.change().rev() < below)
              .sorted(Comparator.comparingLong(each -> each.change().rev()))
              .toList();
      owed.removeAll(taken);
      return taken.stream().map(Owed::frame).toList();
    }

    void forget(RoomId room) {
      told.remove(room);
      owed.removeIf(each -> each.change().room().equals(room));
    }
  }
}
