package dev.realtime.gateway.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.protocol.Delivery;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.Frame.Eviction;
import dev.realtime.gateway.room.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Frames leave at once while the socket takes them, and in their order once it does again. */
class OutboundTest {

  private static final int FRAMES = 4;
  private static final int BYTES = 100;

  private final Sender.Terms terms =
      LoneConnection.terms(
          new OutboundQueue.Bounds(FRAMES, BYTES, (_, _) -> {}, new EnvelopeCodec()));

  private EmbeddedChannel channel;
  private Outbound outbound;

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
        new Outbound(Objects.requireNonNull(channel.pipeline().context(encoder)), terms.bounds());
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
  void confirmsEachPingOnce() {
    stall();
    offer(withPing(1));
    assertThat(outbound.confirm(1)).as("not sent yet").isEmpty();
    flow();
    offer(withPing(2));
    ByteBuf wire = WireFormat.encode(withPing(3), channel.alloc());
    outbound.offer(List.of(withPing(3)), wire);
    wire.release();

    assertThat(outbound.confirm(4)).as("never sent").isEmpty();
    assertThat(outbound.confirm(2)).as("and those before it").containsExactly(1L, 2L);
    assertThat(outbound.confirm(2)).as("answered before").isEmpty();
    assertThat(outbound.confirm(3)).containsExactly(3L);
    for (int rev = 1; rev <= 1_025; rev++) {
      offer(withPing(rev));
    }
    assertThat(outbound.confirm(1)).as("forgotten, of so many").isEmpty();
    assertThat(outbound.confirm(1_025)).hasSize(1_024).startsWith(2L);
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
  void sendsNothingAfterARefusedFrame() {
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
  void endsTheConnectionThatCannotTakeAFrameBeforeAnythingLater() {
    Connection connection = new Connection(Identifiers.next().toString(), outbound, terms, 1);
    stall();
    for (String text : List.of("x".repeat(BYTES - 10), "y".repeat(20), "z")) {
      ByteBuf wire = WireFormat.encode(durable(text), channel.alloc());
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
  void writesNoEmptyFrame() {
    Frame eviction = Frame.eviction(7, Eviction.of("mallory"));
    assertThat(offer(eviction)).isTrue();
    ByteBuf wire = WireFormat.encode(eviction, channel.alloc());
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
    return frame(Delivery.durable(), text);
  }

  private static Frame withPing(long rev) {
    return frame(new Delivery.Durable(rev, true), "p");
  }

  private static Frame latest(String key, String text) {
    return frame(new Delivery.Latest(key), text);
  }

  private static Frame typing(String text) {
    return frame(new Delivery.Ends("typing"), text);
  }

  private static Frame frame(Delivery delivery, String text) {
    return new Frame(delivery, text.getBytes(UTF_8));
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
