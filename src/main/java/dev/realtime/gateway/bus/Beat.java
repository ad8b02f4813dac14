package dev.realtime.gateway.bus;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * A sign of life of an instance, which it publishes to all instances, itself included.
 *
 * @param sentAt the sender's {@link System#nanoTime}; has a meaning for the sender only
 * @param period interval of the sender's beats
 * @param serves whether the sender answers the questions of other instances
 * @param heard the other instances whose beats the sender hears
 */
record Beat(long sentAt, Duration period, boolean serves, Set<Long> heard) {

  private static final int FIXED_BYTES = Long.BYTES + 2 * Integer.BYTES + 1;

  Beat {
    heard = Set.copyOf(heard);
  }

  byte[] toBytes() {
    ByteBuffer out =
        ByteBuffer.allocate(FIXED_BYTES + heard.size() * Long.BYTES)
            .putLong(sentAt)
            .putInt((int) period.toMillis())
            .put((byte) (serves ? 1 : 0))
            .putInt(heard.size());
    heard.forEach(out::putLong);
    return out.array();
  }

  /**
   * Reads bytes that {@link #toBytes} wrote; skips unknown bytes at their end.
   *
   * @throws java.nio.BufferUnderflowException if they are no beat
   */
  static Beat read(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    long sentAt = in.getLong();
    Duration period = Duration.ofMillis(in.getInt());
    boolean serves = in.get() != 0;
    Set<Long> heard = new HashSet<>();
    for (int left = in.getInt(); left > 0; left--) {
      heard.add(in.getLong());
    }
    return new Beat(sentAt, period, serves, heard);
  }
}
