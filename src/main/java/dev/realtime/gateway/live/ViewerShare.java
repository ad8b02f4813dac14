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
 * Who watches one stream on this instance, and how much of that Redis has been told. One call is
 * under way at a time; what changes meanwhile, and in the rest after it, goes into the next one.
 * Thread-safe.
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
  private boolean calling;
  private boolean resting;
  private boolean anew;
  private boolean retelling; // a share that is told anew takes several calls
  private boolean pushDue;
  private long told;

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

  /**
   * What to say next; null while a call is under way, in the rest after it, or where there is
   * nothing to say.
   *
   * @param always whether a call is due in any case: the lease, or a push
   */
  synchronized @Nullable Batch next(boolean always, int most) {
    boolean nothing = untold.isEmpty() && waiters.isEmpty() && !anew;
    if (calling || ((nothing || resting) && !always)) {
      return null;
    }
    calling = true;
    boolean whole = anew;
    if (whole) {
      untold.clear();
      connections.keySet().forEach(userId -> untold.put(userId, true));
      anew = false;
    }
    List<String> joining = new ArrayList<>();
    List<String> leaving = new ArrayList<>();
    Iterator<Map.Entry<String, Boolean>> entries = untold.entrySet().iterator();
    while (entries.hasNext() && joining.size() + leaving.size() < most) {
      Map.Entry<String, Boolean> entry = entries.next();
      (entry.getValue() ? joining : leaving).add(entry.getKey());
      entries.remove();
    }
    retelling = (whole || retelling) && !untold.isEmpty();
    return new Batch(whole, told, retelling, joining, leaving);
  }

  /** The call has been carried out; a rest begins, until {@link #rested}. */
  void moved(long count, long size) {
    List<Waiter> counted = new ArrayList<>();
    synchronized (this) {
      calling = false;
      resting = true;
      told = size;
      if (!retelling) {
        List<Waiter> left = new ArrayList<>();
        waiters.forEach(
            waiter -> (untold.containsKey(waiter.userId()) ? left : counted).add(waiter));
        waiters = left;
      }
    }
    counted.forEach(waiter -> waiter.counted().success(count));
  }

  synchronized void rested() {
    resting = false;
  }

  /** The share in Redis is not what it should be: the next call tells all of it. */
  synchronized void lost() {
    calling = false;
    anew = true;
  }

  /** Nobody knows whether the call was carried out; who waits is told what is known here. */
  void failed() {
    List<Waiter> left;
    long here;
    synchronized (this) {
      calling = false;
      anew = true;
      left = List.copyOf(waiters);
      waiters.clear();
      here = connections.size();
    }
    left.forEach(waiter -> waiter.counted().success(here));
  }

  /** True for the first who wants to push later, until {@link #pushNow}. */
  synchronized boolean waitToPush() {
    boolean first = !pushDue;
    pushDue = true;
    return first;
  }

  synchronized void pushNow() {
    pushDue = false;
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
        && !calling
        && !resting
        && !pushDue
        && !anew;
  }
}
