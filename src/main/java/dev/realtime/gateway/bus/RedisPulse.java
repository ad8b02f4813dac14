package dev.realtime.gateway.bus;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.protocol.DefaultEndpoint;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Proves that the bus carries: at every beat this instance tells itself something. A connection
 * that looks open and has failed {@value #BEATS} beats in a row is closed, so that Lettuce opens
 * another one: the publishing one when beats are not answered, the listening one when beats are
 * answered and not heard. Confined to the loop, but for {@link #heardAt}.
 */
final class RedisPulse implements RoomBus.Subscriber {

  private static final Logger log = LoggerFactory.getLogger(RedisPulse.class);
  private static final int BEATS = 3;
  private static final byte[] BEAT = {};

  private final RoomId room = RoomId.cluster("pulse-" + UUID.randomUUID());
  private final StatefulRedisConnection<String, byte[]> publishing;
  private final StatefulRedisConnection<String, byte[]> listening;
  private final EventLoop loop;
  private final Future<?> beats;
  private volatile long heardAt = System.nanoTime();
  private int unanswered;
  private int unheard;

  /**
   * Begins to beat.
   *
   * @param period between two beats; a Redis that stalls for less than three of them keeps its
   *     connections
   */
  RedisPulse(
      StatefulRedisConnection<String, byte[]> publishing,
      StatefulRedisConnection<String, byte[]> listening,
      EventLoop loop,
      Duration period) {
    this.publishing = publishing;
    this.listening = listening;
    this.loop = loop;
    this.beats =
        loop.scheduleAtFixedRate(
            this::beat, period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Where it must be subscribed. */
  RoomId room() {
    return room;
  }

  /** When the listening connection last brought something; by {@link System#nanoTime}. */
  long heardAt() {
    return heardAt;
  }

  private void beat() {
    if (!publishing.isOpen() || !listening.isOpen()) {
      // Whoever is down is reconnected already.
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
      var _ =
          publishing
              .async()
              .publish(room.channel(), BEAT)
              .whenComplete((_, failure) -> loop.execute(() -> answered(failure)));
      publishing.flushCommands();
    }
  }

  private void answered(@Nullable Throwable failure) {
    if (failure == null) {
      unanswered = 0;
      unheard++;
    }
  }

  private static void replace(StatefulRedisConnection<?, ?> connection, String why) {
    log.warn("A connection to Redis {} any more: it is replaced", why);
    // Closing the connection itself would end it for good; its channel is what Lettuce renews.
    if (connection instanceof RedisChannelHandler<?, ?> handler
        && handler.getChannelWriter() instanceof DefaultEndpoint endpoint) {
      endpoint.disconnect();
    }
  }

  @Override
  public void received(byte[] message) {
    heardAt = System.nanoTime();
    unheard = 0;
  }

  @Override
  public void interrupted() {
    // It is itself what notices.
  }

  void stop() {
    beats.cancel(false);
  }
}
