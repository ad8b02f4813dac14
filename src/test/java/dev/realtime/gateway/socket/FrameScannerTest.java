package dev.realtime.gateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.RawFrame;
import dev.realtime.gateway.protocol.CloseCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** However the stream is cut, a violation is known at the same byte. */
class FrameScannerTest {

  private static final int LIMIT = 1_000;

  /** A stream of sound frames, and where in it the scanner has to stop. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Stream(byte[] bytes, int violationAt) {}

  @RepeatedTest(200)
  void acceptsSoundStreamsInAnyPieces(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    byte[] bytes = sound(random);
    FrameScanner scanner = new FrameScanner(LIMIT);

    assertThat(scanInPieces(scanner, bytes, random)).isEqualTo(bytes.length);
    assertThat(scanner.violation()).isNull();
    assertThat(scanner.isCloseSeen()).isFalse();
  }

  @RepeatedTest(200)
  void findsAnOversizedMessageInAnyPieces(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    Stream stream = oversized(random);
    FrameScanner scanner = new FrameScanner(LIMIT);

    assertThat(scanInPieces(scanner, stream.bytes(), random)).isEqualTo(stream.violationAt());
    assertThat(scanner.violation()).isEqualTo(CloseCode.FRAME_TOO_LARGE);
    assertThat(scanner.isCloseSeen()).as("the answer behind the oversized message").isTrue();
  }

  @RepeatedTest(100)
  void findsABrokenFrameInAnyPieces(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    byte[] before = sound(random);
    byte[] broken = RawFrame.text("x").reserved(1 + random.nextInt(7)).bytes();
    byte[] garbage = new byte[random.nextInt(100)];
    random.nextBytes(garbage);
    FrameScanner scanner = new FrameScanner(LIMIT);

    assertThat(scanInPieces(scanner, concat(before, broken, garbage), random))
        .isEqualTo(before.length);
    assertThat(scanner.violation()).isEqualTo(CloseCode.BROKEN_FRAME);
    assertThat(scanner.isCloseSeen()).as("garbage is no close frame").isFalse();
  }

  @Test
  void seesTheCloseFrame() {
    FrameScanner scanner = new FrameScanner(LIMIT);
    scan(scanner, RawFrame.close(1000, "bye").bytes());

    assertThat(scanner.violation()).isNull();
    assertThat(scanner.isCloseSeen()).isTrue();
  }

  /** Known at the last byte of the frame: the decoder must not see it whole. */
  @RepeatedTest(50)
  void judgesACloseFrameInAnyPieces(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    byte[] before = sound(random);
    byte[] words = new byte[random.nextInt(124)];
    Arrays.fill(words, (byte) 'x');
    assertJudged(random, before, 1000 + random.nextInt(4), words, null);
    assertJudged(random, before, 3000 + random.nextInt(2_000), words, null);
    assertJudged(random, before, 1015 + random.nextInt(1_985), words, CloseCode.BROKEN_FRAME);
    assertJudged(random, before, 5000 + random.nextInt(60_536), words, CloseCode.BROKEN_FRAME);
    if (words.length > 0) {
      words[random.nextInt(words.length)] = (byte) 0xFF;
      assertJudged(random, before, 1000, words, CloseCode.INVALID_TEXT);
    }
  }

  private static void assertJudged(
      Random random, byte[] before, int code, byte[] words, @Nullable CloseCode violation) {
    byte[] payload =
        ByteBuffer.allocate(2 + words.length).putShort((short) code).put(words).array();
    byte[] bytes = concat(before, RawFrame.of(RawFrame.CLOSE, payload).bytes());
    FrameScanner scanner = new FrameScanner(LIMIT);

    assertThat(scanInPieces(scanner, bytes, random))
        .isEqualTo(violation == null ? bytes.length : bytes.length - 1);
    assertThat(scanner.violation()).as("of %d", code).isEqualTo(violation);
    assertThat(scanner.isCloseSeen()).isTrue();
  }

  @Test
  void doesNotTakeAPayloadForFrames() {
    byte[] looksLikeClose = RawFrame.close(1000, "").bytes();
    FrameScanner scanner = new FrameScanner(LIMIT);
    scan(scanner, RawFrame.of(RawFrame.TEXT, looksLikeClose).bytes());

    assertThat(scanner.isCloseSeen()).isFalse();
  }

  @Test
  void countsAMessageAnew() {
    FrameScanner scanner = new FrameScanner(LIMIT);
    for (int i = 0; i < 5; i++) {
      scan(scanner, RawFrame.text("x".repeat(LIMIT - 1)).unfinished().bytes());
      scan(scanner, RawFrame.continuation("x").bytes());
    }

    assertThat(scanner.violation()).isNull();
  }

  @Test
  void doesNotOverflow() {
    FrameScanner scanner = new FrameScanner(LIMIT);
    scan(scanner, RawFrame.text("x").unfinished().bytes());
    scan(scanner, RawFrame.continuation("").declaring(Long.MAX_VALUE).bytes());

    assertThat(scanner.violation()).isEqualTo(CloseCode.FRAME_TOO_LARGE);
  }

  private static byte[] sound(Random random) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int messages = random.nextInt(6);
    for (int i = 0; i < messages; i++) {
      int size = random.nextInt(LIMIT + 1);
      int fragments = 1 + random.nextInt(3);
      for (int f = 0; f < fragments; f++) {
        int part = f == fragments - 1 ? size : random.nextInt(size + 1);
        size -= part;
        bytes.writeBytes(fragment(random, part, f == 0, f == fragments - 1));
        if (random.nextInt(4) == 0) {
          bytes.writeBytes(RawFrame.ping("p".repeat(random.nextInt(126))).bytes());
        }
      }
    }
    return bytes.toByteArray();
  }

  private static byte[] fragment(Random random, int size, boolean first, boolean last) {
    byte[] payload = new byte[size];
    random.nextBytes(payload);
    RawFrame frame = RawFrame.of(first ? RawFrame.TEXT : RawFrame.CONTINUATION, payload);
    return (last ? frame : frame.unfinished()).bytes();
  }

  /** Sound frames, then one that brings its message over the limit, then the client's close. */
  private static Stream oversized(Random random) {
    byte[] before = sound(random);
    int begun = random.nextInt(LIMIT + 1);
    byte[] start = random.nextBoolean() ? fragment(random, begun, true, false) : new byte[0];
    int rest = LIMIT + 1 + random.nextInt(100_000) - (start.length == 0 ? 0 : begun);
    byte[] last = fragment(random, rest, start.length == 0, true);
    int headerBytes = rest < 126 ? 2 : rest <= 0xFFFF ? 4 : 10;
    return new Stream(
        concat(before, start, last, RawFrame.close(1009, "").bytes()),
        before.length + start.length + headerBytes - 1);
  }

  private static int scanInPieces(FrameScanner scanner, byte[] bytes, Random random) {
    int accepted = 0;
    boolean stopped = false;
    for (int from = 0; from < bytes.length; ) {
      int length =
          Math.min(bytes.length - from, 1 + random.nextInt(random.nextBoolean() ? 3 : 700));
      int taken = scan(scanner, Arrays.copyOfRange(bytes, from, from + length));
      if (!stopped) {
        accepted += taken;
      }
      stopped |= scanner.violation() != null;
      from += length;
    }
    return accepted;
  }

  /** With bytes before the readable ones, as a buffer may have. */
  private static int scan(FrameScanner scanner, byte[] bytes) {
    ByteBuf buffer = Unpooled.buffer().writeLong(-1L).writeBytes(bytes).skipBytes(Long.BYTES);
    int taken = scanner.scan(buffer);
    assertThat(buffer.readableBytes()).as("nothing is consumed").isEqualTo(bytes.length);
    return taken;
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
