package dev.realtime.gateway.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.room.Audience;
import dev.realtime.gateway.room.DeliveryClass;
import dev.realtime.gateway.room.Eviction;
import dev.realtime.gateway.room.Frame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of frames while the socket takes them, and while it does not. */
class OutboundTest {

  private static final int FRAMES = 4;
  private static final int BYTES = 100;

  private EmbeddedChannel channel;
  private Outbound outbound;
  private final Map<DeliveryClass, Integer> dropped = new EnumMap<>(DeliveryClass.class);

  /** Where the WebSocket encoder stands, and where the guard tells of writability. */
  private final class Encoder extends ChannelInboundHandlerAdapter {
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      outbound.writabilityChanged();
    }
  }

  @BeforeEach
  void open() {
    FastThreadLocal.removeAll();
    Encoder encoder = new Encoder();
    channel = new EmbeddedChannel(encoder);
    outbound =
        new Outbound(
            Objects.requireNonNull(channel.pipeline().context(encoder)),
            FRAMES,
            BYTES,
            (delivery, frames) -> dropped.merge(delivery, frames, Integer::sum));
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
    FastThreadLocal.removeAll();
  }

  @Test
  void writesAtOnceWhileTheSocketTakesIt() {
    assertThat(offer(durable("a"))).isTrue();
    assertThat(offer(typing("b"))).isTrue();

    assertThat(sent()).containsExactly("a", "b");
  }

  @Test
  void sharesTheBytesOfABroadcast() {
    ByteBuf wire = Unpooled.buffer().writeByte(0x81).writeByte(1).writeByte('a');
    outbound.offer(List.of(durable("a")), wire);

    assertThat(sent()).containsExactly("a");
    assertThat(wire.refCnt()).isEqualTo(1);
    assertThat(wire.readableBytes()).isEqualTo(3);
    wire.release();
  }

  @Test
  void leavesTheBytesOfABroadcastToTheirOwnerWhileItWaits() {
    stall();
    ByteBuf wire = Unpooled.buffer().writeByte(0x81).writeByte(1).writeByte('a');
    outbound.offer(List.of(durable("a")), wire);
    assertThat(wire.refCnt()).isEqualTo(1);
    wire.release();

    flow();
    assertThat(sent()).containsExactly("a");
  }

  @Test
  void keepsDurableFramesInOrderAndRefusesOneTooMany() {
    stall();
    for (String text : List.of("1", "2", "3", "4")) {
      assertThat(offer(durable(text))).isTrue();
    }
    flow();
    assertThat(sent()).containsExactly("1", "2", "3", "4");

    stall();
    for (String text : List.of("5", "6", "7", "8")) {
      offer(durable(text));
    }
    assertThat(offer(durable("9"))).isFalse();
    assertThat(sent()).isEmpty();
  }

  @Test
  void countsBytesToo() {
    stall();
    assertThat(offer(durable("x".repeat(60)))).isTrue();
    assertThat(offer(durable("y".repeat(40)))).isTrue();
    flow();
    sent();

    stall();
    assertThat(offer(durable("x".repeat(BYTES)))).as("counted anew").isTrue();
    assertThat(offer(durable("z"))).isFalse();
  }

  @Test
  void dropsWhatIsWorthNothingLater() {
    stall();
    assertThat(offer(typing("typing"))).isTrue();
    assertThat(offer(durable("a"))).isTrue();
    assertThat(dropped).containsExactlyEntriesOf(Map.of(DeliveryClass.EPHEMERAL, 1));

    flow();
    assertThat(sent()).containsExactly("a");
  }

  /** What one turn writes is not on its way yet; that alone makes nobody slow. */
  @Test
  void takesMoreInOneTurnThanTheChannelHolds() {
    String large = "x".repeat(BYTES);
    int frames = 2 * channel.config().getWriteBufferHighWaterMark() / BYTES;
    for (int i = 0; i < frames; i++) {
      assertThat(offer(durable(large))).isTrue();
    }

    assertThat(sent()).hasSize(frames);
  }

  @Test
  void replacesTheOlderByTheNewestOfItsKey() {
    stall();
    offer(latest("alice", "alice 1"));
    offer(latest("bob", "bob 1"));
    for (int i = 2; i < 100; i++) {
      assertThat(offer(latest("alice", "alice " + i))).isTrue();
    }
    assertThat(offer(durable("a"))).isTrue();
    assertThat(offer(durable("b"))).isTrue();

    flow();
    assertThat(sent()).containsExactly("bob 1", "alice 99", "a", "b");
  }

  @Test
  void countsTheBytesOfTheNewest() {
    stall();
    offer(latest("alice", "x".repeat(90)));
    offer(latest("alice", "y"));

    assertThat(offer(durable("z".repeat(BYTES - 1)))).isTrue();
  }

  @Test
  void samplesWhileItIsSlow() {
    stall();
    for (int i = 0; i < 10; i++) {
      assertThat(offer(sampled("s" + i))).isTrue();
    }

    assertThat(dropped).containsExactlyEntriesOf(Map.of(DeliveryClass.SAMPLED, 8));
    flow();
    assertThat(sent()).as("the latest").containsExactly("s8", "s9");
    offer(sampled("s10"));
    assertThat(sent()).containsExactly("s10");
  }

  @Test
  void makesRoomForDurableFrames() {
    stall();
    offer(latest("alice", "alice"));
    offer(sampled("s"));
    offer(durable("a"));
    offer(durable("b"));
    assertThat(offer(durable("c"))).isTrue();
    assertThat(dropped).containsEntry(DeliveryClass.SAMPLED, 1);

    flow();
    assertThat(sent()).containsExactly("alice", "a", "b", "c");
  }

  @Test
  void doesNotOvertakeWhatWaits() {
    stall();
    offer(durable("1"));
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
    // Writable, but the event has not come yet.
    offer(durable("2"));

    outbound.writabilityChanged();
    assertThat(sent()).containsExactly("1", "2");
  }

  @Test
  void writesControlFramesBeforeWhatWaits() {
    stall();
    offer(durable("1"));
    outbound.write(Unpooled.buffer().writeByte(0x89).writeByte(0));

    channel.runPendingTasks();
    flow();
    assertThat(sent()).containsExactly("", "1");
  }

  @Test
  void runsATaskWhenNothingWaits() {
    List<String> order = new ArrayList<>();
    outbound.whenOpen(() -> order.add("at once"));
    assertThat(order).containsExactly("at once");

    stall();
    offer(durable("1"));
    outbound.whenOpen(() -> {
      order.add("first");
      offer(durable("2"));
    });
    outbound.whenOpen(() -> {
      order.add("second");
      offer(durable("3"));
    });
    assertThat(order).containsExactly("at once");

    flow();
    assertThat(order).containsExactly("at once", "first", "second");
    assertThat(sent()).containsExactly("1", "2", "3");
  }

  @Test
  void runsOneTaskAtATimeAsTheSocketTakesIt() {
    List<String> order = new ArrayList<>();
    stall();
    outbound.whenOpen(() -> {
      order.add("first");
      stall();
    });
    outbound.whenOpen(() -> order.add("second"));

    flow();
    assertThat(order).containsExactly("first");
    flow();
    assertThat(order).containsExactly("first", "second");
    outbound.whenOpen(() -> order.add("third"));
    assertThat(order).containsExactly("first", "second", "third");
  }

  @Test
  void nothingLaterLeavesAfterARefusedFrame() {
    stall();
    assertThat(offer(durable("x".repeat(BYTES - 10)))).isTrue();
    assertThat(offer(durable("y".repeat(20)))).as("too large for what is left").isFalse();
    assertThat(offer(durable("z"))).as("refused for good").isFalse();
    offer(latest("count", "1"));
    outbound.whenOpen(() -> offer(durable("reply")));

    flow();
    offer(durable("after"));

    assertThat(sent()).isEmpty();
  }

  @Test
  void whatTheConnectionCannotTakeEndsItBeforeAnythingLaterLeaves() {
    Connection connection =
        new Connection(
            Identifiers.next().toString(), channel, outbound, new EnvelopeCodec(), "device");
    stall();
    for (String text : List.of("x".repeat(BYTES - 10), "y".repeat(20), "z")) {
      ByteBuf wire = durable(text).toWire(channel.alloc());
      connection.deliver(List.of(durable(text)), wire);
      wire.release();
    }
    // The socket takes more before the loop gets to the close.
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
    outbound.writabilityChanged();

    assertThat(sent()).first().asString().contains("session:bye").contains("4008");
  }

  /** An eviction says nothing: it is no frame on the wire, not even an empty one. */
  @Test
  void neverWritesAnEmptyFrame() {
    Frame eviction = Frame.eviction(7, Eviction.of("mallory"));
    assertThat(offer(eviction)).isTrue();
    ByteBuf wire = eviction.toWire(channel.alloc());
    assertThat(wire.readableBytes()).isZero();
    wire.release();
    stall();
    assertThat(offer(eviction)).isTrue();

    flow();

    channel.runPendingTasks();
    assertThat(channel.<ByteBuf>readOutbound()).isNull();
  }

  @Test
  void letsGoOfEverythingAtTheEnd() {
    List<String> order = new ArrayList<>();
    stall();
    offer(durable("1"));
    outbound.whenOpen(() -> order.add("waited"));

    outbound.discard();

    assertThat(order).containsExactly("waited");
    flow();
    assertThat(sent()).isEmpty();
  }

  @Test
  void addsUpCountsThatWait() {
    stall();
    for (int i = 0; i < 100; i++) {
      assertThat(offer(cheers("+", 99))).isTrue();
      assertThat(offer(cheers("-", 1))).isTrue();
    }
    flow();

    assertThat(sent())
        .containsExactly("{\"emoji\":\"+\",\"count\":9900}", "{\"emoji\":\"-\",\"count\":100}");
  }

  @Test
  void keepsTheWordsOfTheHostLongest() {
    stall();
    for (int i = 0; i < 100; i++) {
      assertThat(offer(sampled("viewer"))).isTrue();
      assertThat(offer(frame(DeliveryClass.SAMPLED_LAST, null, "host " + i))).isTrue();
    }
    flow();

    assertThat(sent()).doesNotContain("viewer").startsWith("host 0", "host 1");
  }

  @Test
  void dropsNoMoreThanItMust() {
    stall();
    offer(sampled("s0"));
    offer(sampled("s1"));
    offer(durable("a"));
    offer(durable("b"));

    assertThat(offer(durable("c"))).isTrue();

    assertThat(dropped).containsExactlyEntriesOf(Map.of(DeliveryClass.SAMPLED, 1));
    flow();
    assertThat(sent()).containsExactly("s1", "a", "b", "c");
  }

  @Test
  void aCountCostsNeitherTheWordsOfTheHostNorTheConnection() {
    stall();
    for (int i = 0; i < FRAMES; i++) {
      offer(frame(DeliveryClass.SAMPLED_LAST, null, "host " + i));
    }

    assertThat(offer(latest("count", "1"))).isTrue();

    assertThat(dropped).containsExactlyEntriesOf(Map.of(DeliveryClass.LATEST, 1));
    flow();
    assertThat(sent()).containsExactly("host 0", "host 1", "host 2", "host 3");
  }

  @Test
  void longWordsFillHalfOfTheBytesAtMost() {
    stall();
    offer(sampled("a".repeat(30)));
    offer(sampled("b".repeat(30)));

    assertThat(dropped).containsExactlyEntriesOf(Map.of(DeliveryClass.SAMPLED, 1));
    flow();
    assertThat(sent()).containsExactly("b".repeat(30));
  }

  @Test
  void countsEveryReactionThatIsLost() {
    stall();
    for (int i = 0; i < FRAMES; i++) {
      offer(durable("d" + i));
    }
    offer(cheers("+", 99));

    assertThat(dropped).containsExactlyEntriesOf(Map.of(DeliveryClass.EPHEMERAL, 99));
  }

  private void stall() {
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
    channel.runPendingTasks();
  }

  private void flow() {
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
    channel.runPendingTasks();
  }

  private boolean offer(Frame frame) {
    return outbound.offer(frame);
  }

  private static Frame durable(String text) {
    return frame(DeliveryClass.DURABLE, null, text);
  }

  private static Frame latest(String key, String text) {
    return frame(DeliveryClass.LATEST, key, text);
  }

  private static Frame sampled(String text) {
    return frame(DeliveryClass.SAMPLED, null, text);
  }

  private static Frame typing(String text) {
    return frame(DeliveryClass.EPHEMERAL, null, text);
  }

  private static Frame frame(DeliveryClass delivery, @Nullable String key, String text) {
    return new Frame(delivery, 0, key, null, Audience.everyone(), text.getBytes(UTF_8));
  }

  private static Frame cheers(String emoji, int count) {
    String json = "{\"emoji\":\"" + emoji + "\",\"count\":";
    return new Frame(
        DeliveryClass.EPHEMERAL,
        0,
        emoji,
        null,
        Audience.everyone(),
        false,
        new Frame.Sum(count, json.getBytes(UTF_8).length),
        (json + count + "}").getBytes(UTF_8));
  }

  /** The payloads that have left since the last call. */
  private List<String> sent() {
    channel.runPendingTasks();
    List<String> texts = new ArrayList<>();
    for (ByteBuf wire = channel.readOutbound(); wire != null; wire = channel.readOutbound()) {
      wire.skipBytes(2);
      texts.add(wire.toString(UTF_8));
      wire.release();
    }
    return texts;
  }
}
