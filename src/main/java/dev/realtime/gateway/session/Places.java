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
 * The places of one connection, at most one in each room, and what it has been told of its user's
 * own memberships. A change of those comes from two sides, from the room and as a copy from the
 * user's own room, in either order; the connection is told once.
 *
 * <p>What decides whether to tell is synchronized, so that a place cannot begin or end in between.
 */
final class Places {

  /** Small at first: most connections are in their user's room and in no other. */
  private final Map<RoomId, Place> places = new ConcurrentHashMap<>(1);

  // Both guarded by this, and nothing until needed: most connections wait and are told nothing.
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

  /** Remembers a place; gives the older one in the same room, which the caller has to leave. */
  synchronized @Nullable Place add(Place place) {
    forgetSuperseded(place.roomId());
    if (own != null) {
      own.told(place.roomId(), place.asOf());
    }
    return places.put(place.roomId(), place);
  }

  /** Forgets a place that has ended or is about to; {@link #owed} gives what its room owed. */
  synchronized void remove(Place place) {
    if (places.remove(place.roomId(), place)) {
      forgetSuperseded(place.roomId());
      if (place.roomId().kind() == RoomId.Kind.CHAT) {
        ownChanges().told(place.roomId(), place.asOf());
      }
    }
  }

  /**
   * What a room owed the connection and will not bring any more, in the order to tell it. To be
   * asked when it is told, and no sooner: news that come in between take it along.
   */
  synchronized List<Frame> owed(RoomId room) {
    return own == null || brings(places.get(room)) ? List.of() : own.takeOwed(room, Long.MAX_VALUE);
  }

  /** Whether anything has ever been told or owed of the user's own memberships. */
  synchronized boolean hasNews() {
    return own != null;
  }

  /** Whether the connection has been told of something newer than this state of a room. */
  synchronized boolean isPast(RoomId room, long rev) {
    return own != null && own.told(room) > rev;
  }

  /** Forgets what has been told of a room: its numbers mean something else by now. */
  synchronized void forget(RoomId room) {
    if (own != null) {
      own.forget(room);
    }
  }

  /** Keeps a place that has been left until a newer one follows: its room owes what it owed. */
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
   * What to send now that a frame about the user's own membership has come: nothing if it has been
   * told, or if the room will bring it in its turn; should the place end before that, {@link
   * #remove} gives it. Where the room skips what it owed, that goes first.
   *
   * @param inTurn whether the room brings it in its order, to this connection
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
   * What one connection has been told of its user's memberships, and what it is owed. Both are
   * bounded: the two ways of a change are moments apart, so what is older has lost its point. Not
   * thread-safe.
   */
  private static final class OwnChanges {

    /** Rooms of which is known what was told; the one told of longest ago is forgotten first. */
    static final int ROOMS = 64;

    /** Changes that may wait for their rooms; one more is told at once. */
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
     * The {@code rev} up to which the connection knows of its memberships in a room; 0 for none.
     */
    long told(RoomId room) {
      return told.getOrDefault(room, 0L);
    }

    /** The connection knows of everything up to this {@code rev}: nothing of that is owed. */
    void told(RoomId room, long rev) {
      long known = Math.max(rev, told(room));
      told.remove(room);
      if (known > 0) {
        told.put(room, known);
      }
      owed.removeIf(each -> each.change().room().equals(room) && each.change().rev() <= known);
    }

    /** Keeps a change that a room will bring in its turn; false if too many wait. */
    boolean owe(Frame frame, MemberChange change) {
      boolean space = owed.size() < OWED;
      boolean known = owed.stream().anyMatch(each -> each.change().equals(change));
      if (space && !known) {
        owed.add(new Owed(change, frame));
      }
      return space || known;
    }

    /** Gives what a room owes below a {@code rev}, ascending; it is owed no more. */
    List<Frame> takeOwed(RoomId room, long below) {
      List<Owed> taken =
          owed.stream()
              .filter(each -> each.change().room().equals(room) && each.change().rev() < below)
              .sorted(Comparator.comparingLong(each -> each.change().rev()))
              .toList();
      owed.removeAll(taken);
      return taken.stream().map(Owed::frame).toList();
    }

    /** Forgets a room. */
    void forget(RoomId room) {
      told.remove(room);
      owed.removeIf(each -> each.change().room().equals(room));
    }
  }
}
