package dev.realtime.gateway.bus;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.bus.BusMessage.Kind;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class BusMessageTest {

  private static final int HEADER = 26;

  /** A message by hand, with a header that goes on after what this release knows. */
  private static byte[] bytes(int version, int kind, int tail) {
    return ByteBuffer.allocate(2 + HEADER + tail + 5)
        .putShort((short) (HEADER + tail))
        .put((byte) version)
        .put((byte) kind)
        .putLong(7)
        .putLong(42)
        .putLong(41)
        .position(2 + HEADER + tail)
        .put("hello".getBytes(UTF_8))
        .array();
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void readsWhatItWrote(Kind kind) {
    BusMessage message = new BusMessage(kind, -5, 9, 8, "words".getBytes(UTF_8));

    assertThat(BusMessage.read(message.toBytes())).usingRecursiveComparison().isEqualTo(message);
  }

  @Test
  void writesTheDocumentedBytes() {
    BusMessage message = new BusMessage(Kind.HELLO, 7, 42, 41, "hello".getBytes(UTF_8));

    assertThat(message.toBytes()).isEqualTo(bytes(1, 1, 0));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 300})
  void skipsWhatALaterReleaseAppendsToTheHeader(int tail) {
    BusMessage message = Objects.requireNonNull(BusMessage.read(bytes(1, 0, tail)));

    assertThat(message.kind()).isEqualTo(Kind.PUBLISHED);
    assertThat(message.instance()).isEqualTo(7);
    assertThat(message.number()).isEqualTo(42);
    assertThat(message.previous()).isEqualTo(41);
    assertThat(message.payload()).isEqualTo("hello".getBytes(UTF_8));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 255})
  void readsNoVersionButItsOwnAndTheOneBefore(int version) {
    assertThat(BusMessage.read(bytes(version, 0, 0))).isNull();
  }

  @Test
  void readsNoUnknownKind() {
    assertThat(BusMessage.read(bytes(1, Kind.values().length, 0))).isNull();
  }

  @Test
  void readsNothingThatIsCutOff() {
    byte[] whole = bytes(1, 0, 4);
    for (int length = 0; length < 2 + HEADER + 4; length++) {
      assertThat(BusMessage.read(Arrays.copyOf(whole, length))).as("%s bytes", length).isNull();
    }
  }
}
