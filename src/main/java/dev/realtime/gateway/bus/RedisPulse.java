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
 * Proves that the bus carries: at every beat this instance publishes a pulse to itself. A
 * connection that looks open and has failed {@value #BEATS} beats in a row is closed, so that
 * Lettuce opens another one: the publishing one when beats are not answered, the listening one when
 * beats are answered and not heard. Confined to the loop of the bus.
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
   * @param publish publishes a pulse; what becomes of it is told to {@link #answered} and {@link
   *     #heard}
   * @param period between two beats; a Redis that stalls for less than three of them keeps its
   *     connections
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

  /** When the listening connection last brought a pulse; by {@link System#nanoTime}. */
  long heardAt() {
    return heardAt;
  }

  private void beat() {
    if (!publishing.isOpen() || !listening.isOpen()) {
      // Lettuce reconnects what is down.
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

  /** Redis has answered the publishing connection. */
  void answered() {
    unanswered = 0;
    unheard++;
  }

  /** The listening connection has brought a pulse. */
  void heard() {
    heardAt = System.nanoTime();
    unheard = 0;
  }

  private static void replace(StatefulRedisConnection<?, ?> connection, String why) {
    log.warn("Replacing a connection to Redis that {} any more", why);
    // Closing the connection itself would end it for good; its channel is what Lettuce renews.
    if (connection instanceof RedisChannelHandler<?, ?> handler
        && handler.getChannelWriter() instanceof DefaultEndpoint endpoint) {
      endpoint.disconnect();
    }
  }

  void stop() {
    beats.cancel(false);
  }
}
