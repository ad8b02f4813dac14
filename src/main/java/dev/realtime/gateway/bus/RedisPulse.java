package dev.realtime.gateway.bus;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.protocol.DefaultEndpoint;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tests that the bus works: at every beat this instance publishes a pulse to itself. The pulse
 * closes a connection that looks open and has failed {@value #BEATS} beats in a row, so that
 * Lettuce opens another one: the publishing connection when Redis does not answer the beats, the
 * listening connection when Redis answers them and they do not come back. Confined to the loop of
 * the bus.
 */
final class RedisPulse {

  private static final Logger log = LoggerFactory.getLogger(RedisPulse.class);
  private static final int BEATS = 3;

  private final StatefulRedisConnection<String, byte[]> publishing;
  private final StatefulRedisConnection<String, byte[]> listening;
  private final Runnable publish;
  private final Future<?> beats;
  private long heardAt = System.nanoTime();
  private int unanswered;
  private int unheard;

  /**
   * Begins to beat.
   *
   * @param publish publishes a pulse, whose outcome the caller reports to {@link #answered} and
   *     {@link #heard}
   * @param period interval between two beats; a Redis that stalls for less than three of them keeps
   *     its connections
   */
  RedisPulse(
      StatefulRedisConnection<String, byte[]> publishing,
      StatefulRedisConnection<String, byte[]> listening,
      EventLoop loop,
      Runnable publish,
      Duration period) {
    this.publishing = publishing;
    this.listening = listening;
    this.publish = publish;
    this.beats =
        loop.scheduleAtFixedRate(
            this::beat, period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Returns when the listening connection last brought a pulse; by {@link System#nanoTime}. */
  long heardAt() {
    return heardAt;
  }

  private void beat() {
    if (!publishing.isOpen() || !listening.isOpen()) {
      // Lettuce reconnects a connection that is down.
      unanswered = 0;
      unheard = 0;
    } else if (unanswered >= BEATS) {
      unanswered = 0;
      replace(publishing, "answers nothing");
    } else {
      if (unheard >= BEATS) {
        unheard = 0;
        replace(listening, "brings nothing");
      }
      unanswered++;
      publish.run();
    }
  }

  /** Records that Redis has answered the publishing connection. */
  void answered() {
    unanswered = 0;
    unheard++;
  }

  /** Records that the listening connection has brought a pulse. */
  void heard() {
    heardAt = System.nanoTime();
    unheard = 0;
  }

  private static void replace(StatefulRedisConnection<?, ?> connection, String why) {
    log.warn("Replacing a connection to Redis that {} any more", why);
    // Closing the connection itself would be final; Lettuce reconnects after its channel closes.
    if (connection instanceof RedisChannelHandler<?, ?> handler
        && handler.getChannelWriter() instanceof DefaultEndpoint endpoint) {
      endpoint.disconnect();
    }
  }

  void stop() {
    beats.cancel(false);
  }
}
