package dev.realtime.gateway.bus;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The messages that this release cannot read, because a newer or much older release published them.
 * The instance counts them all and logs one line a minute. Confined to the loop of the bus.
 */
final class Unreadable {

  private static final Logger log = LoggerFactory.getLogger(Unreadable.class);
  private static final Duration PERIOD = Duration.ofMinutes(1);

  private final LongAdder count;
  private long lastLogged = System.nanoTime() - PERIOD.toNanos();

  Unreadable(LongAdder count) {
    this.count = count;
  }

  void note(String channel, byte[] message) {
    count.increment();
    long now = System.nanoTime();
    if (now - lastLogged >= PERIOD.toNanos()) {
      lastLogged = now;
      log.warn(
          "This release cannot read a bus message of {} bytes on {}; {} so far. Do instances of"
              + " very different releases share this Redis?",
          message.length,
          channel,
          count.sum());
    }
  }
}
