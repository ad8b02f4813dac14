package dev.realtime.gateway.live;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.MonoSink;

/**
 * The viewers of one stream on this instance, and how many of them Redis knows. Calls to Redis run
 * one at a time; a change during a call goes into the next one. Thread-safe.
 */
final class ViewerShare {

  /**
   * The content of the next call.
   *
   * @param anew whether the call begins a new share in Redis instead of changing the present one
   * @param generation the number of the share in Redis
   * @param expected the number of users that the share in Redis should hold before the call
   * @param partial whether more calls follow; until the last one the count is incomplete
   * @param again whether the last push of the count may have been lost
   */
  record Batch(
      boolean anew,
      long generation,
      long expected,
      boolean partial,
      boolean again,
      List<String> joining,
      List<String> leaving) {}

  private record Waiter(String userId, MonoSink<Long> counted) {}

  private final Map<String, Integer> connections = new HashMap<>();
  private final Map<String, Boolean> untold = new LinkedHashMap<>(); // true: joins
  private List<Waiter> waiters = new ArrayList<>();
  private Telling telling = Telling.CHANGES;
  private boolean due;
  private boolean again;
  private boolean pushPlanned;
  private long told;
  private long peak;
  private final LongSupplier generations;
  private long generation;

  /** The content of the calls. */
  private enum Telling {
    /** The changes since the last call. */
    CHANGES,
    /** The whole share, from its beginning, since the share in Redis is wrong. */
    ANEW,
    /** The remainder of the whole share, which may need several calls. */
    REST
  }

  /**
   * Creates an empty share.
   *
   * @param generations supplies the numbers of the shares in Redis, each only once
   */
  ViewerShare(LongSupplier generations) {
    this.generations = generations;
    this.generation = generations.getAsLong();
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

  /** Adds a change for the next call; a user who joins and leaves before it cancels out. */
  private void tell(String userId, boolean joins) {
    Boolean opposite = untold.remove(userId);
    if (opposite == null || opposite == joins) {
      untold.put(userId, joins);
    }
  }

  /** Makes the next call happen even if no viewer has changed, for the lease or for a push. */
  synchronized void renew() {
    due = true;
  }

  /** Makes the next call push the count even if it has not changed. */
  synchronized void pushAgain() {
    again = true;
    due = true;
  }

  /**
   * Returns the content of the next call; null if there is nothing to send. Callers use this only
   * while no call is under way.
   */
  synchronized @Nullable Batch next(int most) {
    if (!due && untold.isEmpty() && waiters.isEmpty()) {
      return null;
    }
    due = false;
    boolean anew = telling == Telling.ANEW;
    if (anew) {
      generation = generations.getAsLong();
      told = 0;
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
    boolean repeats = again;
    again = false;
    return new Batch(anew, generation, told, partial, repeats, joining, leaving);
  }

  /** Handles the success of a call, and answers the callers whose user it counted. */
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

  /** Records an exact count of all viewers. */
  synchronized void counted(long count) {
    peak = Math.max(peak, count);
  }

  /** Returns the most viewers, on all instances, of which this instance knows. */
  synchronized long peak() {
    return peak;
  }

  /** Makes the next call send the whole share, since the share in Redis is wrong. */
  synchronized void lost() {
    telling = Telling.ANEW;
    again = true;
    due = true;
  }

  /**
   * Handles a failed call, which Redis may have run: the next call sends the whole share, and
   * waiting callers get the number of local viewers.
   */
  void failed() {
    List<Waiter> left;
    long here;
    synchronized (this) {
      telling = Telling.ANEW;
      again = true;
      untold.clear();
      left = List.copyOf(waiters);
      waiters.clear();
      here = connections.size();
    }
    left.forEach(waiter -> waiter.counted().success(here));
  }

  /** Plans a delayed push; returns false if one is planned already, until {@link #pushNow}. */
  synchronized boolean waitToPush() {
    boolean first = !pushPlanned;
    pushPlanned = true;
    return first;
  }

  synchronized void pushNow() {
    pushPlanned = false;
    due = true;
  }

  /** Returns the number of users who watch on this instance. */
  synchronized long size() {
    return connections.size();
  }

  /** Returns whether a user watches on this instance. */
  synchronized boolean has(String userId) {
    return connections.containsKey(userId);
  }

  /** Returns whether the share is empty and has nothing left to send. */
  synchronized boolean isOver() {
    return connections.isEmpty()
        && untold.isEmpty()
        && waiters.isEmpty()
        && telling == Telling.CHANGES
        && !due
        && !pushPlanned;
  }
}
