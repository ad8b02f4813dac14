package dev.realtime.gateway.bus;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.protocol.DefaultEndpoint;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches this instance's own beats, which cross both connections, and closes a connection that
 * looks open and carries nothing, so that Lettuce opens another one. Confined to the loop of the
 * bus, except {@link #isHeard}.
 *
 * <p>The connection to blame is the one that Redis is proven not to use: the listening one if Redis
 * answers the beats and they do not come back, the publishing one if Redis brings messages of
 * others and does not answer. If neither carries anything, Redis may only stall, which loses
 * nothing as long as the connections live; so it gets twice the time.
 */
final class BeatWatch {

  /** Missed beats after which the bus counts as down. */
  static final int BEATS = 3;

  /** Unanswered beats after which a Redis that is silent on both connections counts as lost. */
  private static final int STALLED_BEATS = 2 * BEATS;

  private static final Logger log = LoggerFactory.getLogger(BeatWatch.class);

  private final StatefulRedisConnection<String, byte[]> publishing;
  private final StatefulRedisConnection<String, byte[]> listening;
  private final long periodNanos;
  private volatile long heardAt = System.nanoTime();
  // When a message of another instance last came.
  private long othersHeardAt = heardAt - Duration.ofHours(1).toNanos();
  private int unanswered;
  private int unheard;
  // Whether the listening connection was opened again since the last beat that came back.
  private boolean reconnected;

  BeatWatch(
      StatefulRedisConnection<String, byte[]> publishing,
      StatefulRedisConnection<String, byte[]> listening,
      Duration period) {
    this.publishing = publishing;
    this.listening = listening;
    this.periodNanos = period.toNanos();
  }

  /** Returns when a beat of this instance last came back; by {@link System#nanoTime}. */
  long heardAt() {
    return heardAt;
  }

  /** Returns whether the bus carries this instance's beats; for any thread. */
  boolean isHeard(long now) {
    return now - heardAt <= BEATS * periodNanos + periodNanos / 2;
  }

  /**
   * Checks the beats sent so far, before the next one.
   *
   * @return whether the last beat has not come back
   */
  boolean check(long now) {
    if (!publishing.isOpen() || !listening.isOpen()) {
      // Lettuce reconnects a connection that is down.
      unanswered = 0;
      unheard = 0;
      return true;
    }
    boolean missed = unheard > 0;
    if (unanswered >= STALLED_BEATS) {
      replacePublishing("answers nothing");
      replaceListening("brings nothing");
    } else if (unanswered >= BEATS && now - othersHeardAt < periodNanos) {
      replacePublishing("answers nothing");
    } else if (unheard >= BEATS && unanswered == 0) {
      replaceListening("brings nothing");
    }
    return missed;
  }

  /** Records that a beat was sent. */
  void sent() {
    unanswered++;
    unheard++;
  }

  /** Records that Redis has answered the publishing connection. */
  void answered() {
    unanswered = 0;
  }

  /** Records that the listening connection has brought a message of another instance. */
  void othersHeard() {
    othersHeardAt = System.nanoTime();
  }

  /** Records that the listening connection was opened again. */
  void reconnected() {
    reconnected = true;
  }

  /**
   * Records that a beat of this instance came back.
   *
   * @return whether the beats before it were missed although the listening connection is the same,
   *     so that no reconnect has told the rooms
   */
  boolean heard(long now) {
    boolean wasDeaf = !isHeard(now) && !reconnected;
    heardAt = now;
    unheard = 0;
    reconnected = false;
    return wasDeaf;
  }

  void replacePublishing(String why) {
    unanswered = 0;
    replace(publishing, "publishing", why);
  }

  private void replaceListening(String why) {
    unheard = 0;
    replace(listening, "listening", why);
  }

  private static void replace(StatefulRedisConnection<?, ?> connection, String which, String why) {
    log.warn("Replacing the {} connection to Redis, which {} any more", which, why);
    // Closing the connection itself would be final; Lettuce reconnects after its channel closes.
    if (connection instanceof RedisChannelHandler<?, ?> handler
        && handler.getChannelWriter() instanceof DefaultEndpoint endpoint) {
      endpoint.disconnect();
    }
  }
}
