package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomId;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Scheduler;

/**
 * Counts and reports where a room and its log contradict each other. A failover can rewind every
 * room at once, so the log gets one line per period, with the number so far.
 */
final class LogDoubts {

  private static final Logger log = LoggerFactory.getLogger(LogDoubts.class);

  /** Period in which further rooms are counted but not logged. */
  private static final Duration PERIOD = Duration.ofSeconds(10);

  private static final long NEVER = Long.MIN_VALUE;

  private final LongAdder rewound = new LongAdder();
  private final LongAdder unfounded = new LongAdder();
  private final LongAdder behind = new LongAdder();
  private final AtomicLong lastRewound = new AtomicLong(NEVER);
  private final AtomicLong lastUnfounded = new AtomicLong(NEVER);
  private final AtomicLong lastUnread = new AtomicLong(NEVER);
  private final Scheduler clock;

  LogDoubts(Scheduler clock) {
    this.clock = clock;
  }

  /** Records a room whose log is below the rev that the room had passed. */
  void rewound(RoomId room, long passed, long logPosition) {
    rewound.increment();
    if (isTime(lastRewound)) {
      log.error(
          "The log of {} went back from rev {} to {}; its connections must resume."
              + " {} rooms so far. Was the database restored, or did a replica take over that"
              + " lagged? Then give the data a new epoch, see docs/operations.md",
          room,
          passed,
          logPosition,
          rewound.sum());
    }
  }

  /** Records a room that received changes from the bus which its log does not have. */
  void unfounded(RoomId room, long told, long logPosition) {
    unfounded.increment();
    if (isTime(lastUnfounded)) {
      log.warn(
          "{} heard of rev {}, but its log is at {}; ignored, {} times so far",
          room,
          told,
          logPosition,
          unfounded.sum());
    }
  }

  /** Reports that the changes of a room could not be read; the room tries again. */
  void unread(RoomId room, Throwable failure) {
    if (isTime(lastUnread)) {
      log.warn(
          "Could not read the changes of {}, nor perhaps of others: {}", room, failure.toString());
    }
  }

  /**
   * Records a room whose log has a change of which the bus had not told; under load it may still be
   * on its way.
   */
  void noteBehind() {
    behind.increment();
  }

  private boolean isTime(AtomicLong last) {
    long now = clock.now(TimeUnit.MILLISECONDS);
    long before = last.get();
    return (before == NEVER || now - before >= PERIOD.toMillis())
        && last.compareAndSet(before, now);
  }

  /** Returns how often a room was ahead of its log. */
  long rewound() {
    return rewound.sum();
  }

  /** Returns how often a room received changes from the bus which its log does not have. */
  long unfounded() {
    return unfounded.sum();
  }

  /** Returns how often a log had a change of which the bus had not told the room. */
  long behind() {
    return behind.sum();
  }
}
