package dev.realtime.gateway.work;

import io.netty.util.HashedWheelTimer;
import io.netty.util.Timeout;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/** The deadlines of all connections on one timer wheel, precise to a tenth of a second. */
@Component
public final class ConnectionTimer implements DisposableBean {

  private static final long TICK_MILLIS = 100;

  private final HashedWheelTimer wheel =
      new HashedWheelTimer(
          new DefaultThreadFactory("connection-timer", true), TICK_MILLIS, TimeUnit.MILLISECONDS);

  /**
   * Runs a task after a delay on the timer's thread, where it must hand its work to another thread.
   */
  public Timeout after(Duration delay, Runnable task) {
    return wheel.newTimeout(_ -> task.run(), delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void destroy() {
    wheel.stop();
  }
}
