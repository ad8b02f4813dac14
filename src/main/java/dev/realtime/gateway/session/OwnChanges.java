package dev.realtime.gateway.session;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.MemberChange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What one connection has been told of its user's memberships, and what it is owed. Both are
 * bounded: the two ways of a change are moments apart, so what is older has lost its point. Not
 * thread-safe.
 */
final class OwnChanges {

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

  /** The {@code rev} up to which the connection knows of its memberships in a room; 0 for none. */
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
