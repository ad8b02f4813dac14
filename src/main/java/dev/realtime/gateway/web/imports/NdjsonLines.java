package dev.realtime.gateway.web.imports;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.publisher.Flux;

/** Splits a body of any length into lines, and never holds more than one line in memory. */
final class NdjsonLines {

  /** The length of a line at most; of a longer line only this much is passed on. */
  static final int MAX_BYTES = 1024 * 1024;

  /** After so long without data the import ends: its caller may have disappeared silently. */
  static final Duration SILENCE = Duration.ofMinutes(1);

  /**
   * A line of the body.
   *
   * @param number from 1; blank lines count
   * @param json the line without its end; only the beginning of a line that is too long
   */
  @SuppressWarnings("ArrayRecordComponent") // passed on once; identity is enough
  record Line(int number, byte[] json, boolean tooLong) {}

  private final ByteArrayOutputStream open = new ByteArrayOutputStream();
  private boolean overlong;
  private int number;

  private NdjsonLines() {}

  /**
   * Splits a body into the lines that are not blank, and releases its buffers. Fails with a {@link
   * java.util.concurrent.TimeoutException} if no data arrives for a minute.
   */
  static Flux<Line> of(Flux<DataBuffer> body) {
    return Flux.defer(
            () -> {
              NdjsonLines lines = new NdjsonLines();
              return body.timeout(SILENCE)
                  .concatMapIterable(lines::feed, 1)
                  .concatWith(Flux.defer(() -> Flux.fromIterable(lines.end())));
            })
        .doOnDiscard(DataBuffer.class, DataBufferUtils::release);
  }

  private List<Line> feed(DataBuffer buffer) {
    byte[] bytes = new byte[buffer.readableByteCount()];
    buffer.read(bytes);
    DataBufferUtils.release(buffer);
    List<Line> complete = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        keep(bytes, from, i - from);
        complete.addAll(end());
        from = i + 1;
      }
    }
    keep(bytes, from, bytes.length - from);
    return complete;
  }

  private void keep(byte[] bytes, int from, int length) {
    int room = MAX_BYTES - open.size();
    overlong |= length > room;
    open.write(bytes, from, Math.min(length, room));
  }

  /** Completes the open line; empty for a blank one. */
  private List<Line> end() {
    number++;
    Line line = new Line(number, open.toByteArray(), overlong);
    overlong = false;
    open.reset();
    return !line.tooLong() && isBlank(line.json()) ? List.of() : List.of(line);
  }

  private static boolean isBlank(byte[] json) {
    for (byte each : json) {
      if (each != ' ' && each != '\t' && each != '\r') {
        return false;
      }
    }
    return true;
  }
}
