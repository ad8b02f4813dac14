package dev.realtime.gateway.web;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.publisher.Flux;

/** Cuts a body of any length into lines, of which it never holds more than one. */
final class NdjsonLines {

  /** A longer line is passed on without its content. */
  static final int MAX_BYTES = 1024 * 1024;

  /**
   * A line.
   *
   * @param number from 1
   * @param json null where it was too long
   */
  @SuppressWarnings("ArrayRecordComponent") // passed on once; identity is enough
  record Line(int number, byte @Nullable [] json) {}

  private final ByteArrayOutputStream open = new ByteArrayOutputStream();
  private boolean overlong;
  private int number;

  private NdjsonLines() {}

  /** The lines that are not blank. Takes the buffers over. */
  static Flux<Line> of(Flux<DataBuffer> body) {
    return Flux.defer(
            () -> {
              NdjsonLines lines = new NdjsonLines();
              return body.concatMapIterable(lines::feed, 1)
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
    overlong |= open.size() + length > MAX_BYTES;
    if (overlong) {
      open.reset();
    } else {
      open.write(bytes, from, length);
    }
  }

  /** The line that has just ended; nothing for a blank one. */
  private List<Line> end() {
    number++;
    byte @Nullable [] json = overlong ? null : open.toByteArray();
    overlong = false;
    open.reset();
    return json != null && isBlank(json) ? List.of() : List.of(new Line(number, json));
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
