package dev.realtime.gateway.session;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Notices a client that reads nothing although the gateway has something for it, whatever the
 * client sends meanwhile. A client that reads slowly is left alone. Confined to the channel's event
 * loop.
 */
final class ReadWatch {

  private static final int LOOKS = 3;

  private final Channel channel;
  private final Duration pause;
  private final Runnable onSilence;
  private @Nullable Future<?> next;
  private long unread;
  private int silent;

  /**
   * @param patience how long a client may read nothing; it takes up to a third longer
   * @param onSilence called once a client has read nothing for so long
   */
  ReadWatch(Channel channel, Duration patience, Runnable onSilence) {
    this.channel = channel;
    this.pause = patience.dividedBy(LOOKS);
    this.onSilence = onSilence;
  }

  /** Takes a change of the channel's writability. */
  void writabilityChanged() {
    if (channel.isWritable()) {
      stop();
    } else if (next == null) {
      unread = Long.MAX_VALUE;
      lookLater();
    }
  }

  private void lookLater() {
    next = channel.eventLoop().schedule(this::look, pause.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void look() {
    long left = channel.bytesBeforeWritable();
    silent = left < unread ? 0 : silent + 1;
    unread = left;
    if (silent < LOOKS) {
      lookLater();
    } else {
      onSilence.run();
    }
  }

  void stop() {
    if (next != null) {
      next.cancel(false);
      next = null;
    }
  }
}
