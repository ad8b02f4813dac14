package dev.realtime.gateway.live;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.MonoSink;

/**
 * Who watches one stream on this instance, and how much of that Redis has been told. Calls to Redis
 * are made one at a time; what changes while one is under way goes into the next one. Thread-safe.
 */
final class ViewerShare {

  /**
   * What the next call says.
   *
   * @param anew whether the share in Redis is replaced, not changed
   * @param expected how many users it should hold before
   * @param partial whether more follows: until then the count is not the truth
   */
  record Batch(
      boolean anew, long expected, boolean partial, List<String> joining, List<String> leaving) {}

  private record Waiter(String userId, MonoSink<Long> counted) {}

  private final Map<String, Integer> connections = new HashMap<>();
  private final Map<String, Boolean> untold = new LinkedHashMap<>(); // true: joins
  private List<Waiter> waiters = new ArrayList<>();
  private Telling telling = Telling.CHANGES;
  private boolean due;
  private boolean pushPlanned;
  private long told;

  /** What the calls tell. */
  private enum Telling {
    /** What has changed. */
    CHANGES,
    /** The whole share, from its beginning: in Redis it is not what it should be. */
    ANEW,
    /** What is left of the whole share, which may take several calls. */
    REST
  }

  synchronized void join(String userId, MonoSink<Long> counted) {
    if (connections.merge(userId, 1, Integer::sum) == 1) {
      tell(userId, true);
    }
    waiters.add(new Waiter(userId, counted));
  }

  synchronized void leave(String userId) {
    Integer left =
        connections.computeIfPresent(userId, (_, count) -> count == 1 ? null : count - 1);
    if (left == null) {
      tell(userId, false);
    }
  }

  /** Who came and went before Redis heard of it need not be told. */
  private void tell(String userId, boolean joins) {
    Boolean opposite = untold.remove(userId);
    if (opposite == null || opposite == joins) {
      untold.put(userId, joins);
    }
  }

  /** Has a call made though nothing has changed: for the lease, or for a push. */
  synchronized void renew() {
    due = true;
  }

  /** What to say next; null where there is nothing to say. Only while no call is under way. */
  synchronized @Nullable Batch next(int most) {
    if (!due && untold.isEmpty() && waiters.isEmpty()) {
      return null;
    }
    due = false;
    boolean anew = telling == Telling.ANEW;
    if (anew) {
      untold.clear();
      connections.keySet().forEach(userId -> untold.put(userId, true));
    }
    List<String> joining = new ArrayList<>();
    List<String> leaving = new ArrayList<>();
    Iterator<Map.Entry<String, Boolean>> entries = untold.entrySet().iterator();
    while (entries.hasNext() && joining.size() + leaving.size() < most) {
      Map.Entry<String, Boolean> entry = entries.next();
      (entry.getValue() ? joining : leaving).add(entry.getKey());
      entries.remove();
    }
    boolean partial = telling != Telling.CHANGES && !untold.isEmpty();
    telling = partial ? Telling.REST : Telling.CHANGES;
    return new Batch(anew, told, partial, joining, leaving);
  }

  /** The call has been carried out. */
  void moved(long count, long size) {
    List<Waiter> counted = new ArrayList<>();
    synchronized (this) {
      told = size;
      if (telling == Telling.CHANGES) {
        List<Waiter> left = new ArrayList<>();
        waiters.forEach(
            waiter -> (untold.containsKey(waiter.userId()) ? left : counted).add(waiter));
        waiters = left;
      }
    }
    counted.forEach(waiter -> waiter.counted().success(count));
  }

  /** The share in Redis is not what it should be: the next call tells all of it. */
  synchronized void lost() {
    telling = Telling.ANEW;
    due = true;
  }

  /** Nobody knows whether the call was carried out; who waits is told what is known here. */
  void failed() {
    List<Waiter> left;
    long here;
    synchronized (this) {
      telling = Telling.ANEW;
      untold.clear();
      left = List.copyOf(waiters);
      waiters.clear();
      here = connections.size();
    }
    left.forEach(waiter -> waiter.counted().success(here));
  }

  /** True for the first who wants to push later, until {@link #pushNow}. */
  synchronized boolean waitToPush() {
    boolean first = !pushPlanned;
    pushPlanned = true;
    return first;
  }

  synchronized void pushNow() {
    pushPlanned = false;
    due = true;
  }

  /** How many users watch here. */
  synchronized long size() {
    return connections.size();
  }

  /** Whether it has nothing to keep or to say any more. */
  synchronized boolean isOver() {
    return connections.isEmpty()
        && untold.isEmpty()
        && waiters.isEmpty()
        && telling == Telling.CHANGES
        && !due
        && !pushPlanned;
  }
}
