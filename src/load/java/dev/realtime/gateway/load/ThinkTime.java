package dev.realtime.gateway.load;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** The pause before the next message of a window: half to one and a half times the mean. */
record ThinkTime(Duration mean, RandomGenerator random) {

  /** Runs what comes after the pause; at once if there is none. Called on the event loop. */
  void then(EventLoop loop, Runnable next) {
    if (mean.isZero()) {
      next.run();
      return;
    }
    long pause = Math.round(mean.toNanos() * (0.5 + random.nextDouble()));
    var _ = loop.schedule(next, pause, TimeUnit.NANOSECONDS);
  }
}
