package dev.realtime.gateway.room;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.Delivery;
import dev.realtime.gateway.room.Frame.Eviction;
import dev.realtime.gateway.room.Frame.MemberChange;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What one instance writes another reads, a newer or an older one too. */
class BusFormatTest {

  private static final byte[] JSON = "{\"event\":\"e\",\"data\":{}}".getBytes(UTF_8);

  static Stream<Frame> frames() {
    MemberChange change = new MemberChange(RoomId.chat("c1"), 7, "dave");
    RoomId other = RoomId.chat("c2");
    return Stream.concat(
        Stream.of(
                new Delivery.Durable(7, true),
                Delivery.durable(),
                new Delivery.Latest("näher"),
                new Delivery.Sampled(),
                new Delivery.SampledLast(),
                new Delivery.Counted("k", 12),
                new Delivery.Begins("k", Duration.ofSeconds(6)),
                new Delivery.Ends("k"))
            .map(delivery -> new Frame(delivery, JSON)),
        Stream.of(
            new Frame(Delivery.durable(7), Audience.everyone(), Eviction.of("dave"), change, JSON),
            new Frame(new Delivery.Sampled(), Audience.others("bob", 100), null, null, JSON),
            new Frame(new Delivery.Sampled(), Audience.outside(other), null, null, JSON),
            Frame.eviction(7, Eviction.of("dave")),
            Frame.eviction(0, Eviction.everyone())));
  }

  private static void assertSame(Frame read, Frame written) {
    assertThat(read).usingRecursiveComparison().isEqualTo(written);
  }

  @ParameterizedTest
  @MethodSource("frames")
  void carriesEveryFrame(Frame frame) {
    assertSame(BusFormat.read(BusFormat.write(frame)), frame);
  }

  @ParameterizedTest
  @MethodSource("frames")
  void skipsWhatANewerInstanceAddsBehindTheFrame(Frame frame) {
    byte[] message = BusFormat.write(frame);
    byte[] longer = Arrays.copyOf(message, message.length + 5);

    assertSame(BusFormat.read(longer), frame);
  }

  @Test
  void skipsWhatANewerInstanceAddsToAComponent() {
    Frame frame = new Frame(new Delivery.Counted("k", 12), JSON);
    byte[] message = BusFormat.write(frame);
    int length = ByteBuffer.wrap(message).getInt(1);
    byte[] longer =
        ByteBuffer.allocate(message.length + 3)
            .put(message, 0, 5 + length)
            .put("new".getBytes(UTF_8))
            .put(message, 5 + length, message.length - 5 - length)
            .putInt(1, length + 3)
            .array();

    assertSame(BusFormat.read(longer), frame);
  }

  @Test
  void refusesWhatIsNoFrame() {
    byte[] message = BusFormat.write(new Frame(new Delivery.Latest("k"), JSON));
    byte[] other = message.clone();
    other[0]++;
    byte[] unknown = message.clone();
    unknown[5] = 99;
    byte[] cut = Arrays.copyOf(message, message.length - 1);

    for (byte[] bad : List.of(other, unknown, cut, new byte[0], new byte[] {1, -1, -1, -1, -1})) {
      assertThatThrownBy(() -> BusFormat.read(bad)).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
