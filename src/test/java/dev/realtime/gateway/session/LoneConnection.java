package dev.realtime.gateway.session;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.Identifiers;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.FastThreadLocal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import reactor.core.publisher.Mono;

/** A connection without a socket: the test's own thread is its event loop. */
final class LoneConnection implements AutoCloseable {

  private static final int ROOMS = 10;
  private static final int SHORT = 126;

  private final EmbeddedChannel channel;
  private final Connection connection;

  LoneConnection() {
    FastThreadLocal.removeAll();
    ChannelInboundHandlerAdapter encoder = new ChannelInboundHandlerAdapter();
    channel = new EmbeddedChannel(encoder);
    EnvelopeCodec codec = new EnvelopeCodec();
    OutboundQueue.Bounds bounds = new OutboundQueue.Bounds(100, 100_000, (_, _) -> {}, codec);
    Outbound outbound =
        new Outbound(Objects.requireNonNull(channel.pipeline().context(encoder)), bounds);
    connection = new Connection(Identifiers.next().toString(), outbound, terms(bounds), ROOMS);
  }

  static Sender.Terms terms(OutboundQueue.Bounds bounds) {
    return new Sender.Terms(new EnvelopeCodec(), bounds, Duration.ofSeconds(30), CloseCode::bye);
  }

  Connection connection() {
    return connection;
  }

  /** Waits for what runs on the event loop, and gives its result. */
  <T> T finish(Mono<T> work) {
    var result = work.toFuture();
    channel.runPendingTasks();
    return Objects.requireNonNull(Mono.fromFuture(result).block(Duration.ofSeconds(5)));
  }

  /** The texts of the frames that have been sent since the last call; control frames are empty. */
  List<String> sent() {
    channel.runPendingTasks();
    List<String> texts = new ArrayList<>();
    for (ByteBuf wire = channel.readOutbound(); wire != null; wire = channel.readOutbound()) {
      texts.add(text(wire));
      wire.release();
    }
    return texts;
  }

  private static String text(ByteBuf wire) {
    boolean isText = wire.readUnsignedByte() == 0x81;
    int length = wire.readUnsignedByte();
    if (length == SHORT) {
      wire.skipBytes(Short.BYTES);
    }
    return isText ? wire.toString(UTF_8) : "";
  }

  @Override
  public void close() {
    connection.gone();
    channel.finishAndReleaseAll();
    FastThreadLocal.removeAll();
  }
}
