package dev.realtime.gateway.socket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.websocketx.WebSocketFrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketFrameEncoder;
import java.net.URI;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.socket.HandshakeInfo;
import org.springframework.web.reactive.socket.adapter.ReactorNettyWebSocketSession;
import reactor.core.publisher.Mono;
import reactor.netty.NettyPipeline;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;

/** A WebSocket session that shows its channel: outbound frames are written below the encoder. */
final class EdgeSession extends ReactorNettyWebSocketSession {

  /** What a session keeps of its handshake; all sessions share it. */
  private static final HandshakeInfo NO_HANDSHAKE =
      new HandshakeInfo(URI.create(UpgradeFilter.PATH), HttpHeaders.EMPTY, Mono.empty(), null);

  /** Reactor Netty adds later handlers, such as the frame aggregator, before this prefix. */
  private static final String FAULTS = NettyPipeline.RIGHT + "gatewayFaults";

  private final Channel channel;
  private final Identification identification;

  EdgeSession(
      WebsocketInbound inbound,
      WebsocketOutbound outbound,
      NettyDataBufferFactory buffers,
      int maxFramePayload,
      Identification identification) {
    super(inbound, outbound, NO_HANDSHAKE, buffers, maxFramePayload);
    channel = channelOf(inbound);
    this.identification = identification;
  }

  private static Channel channelOf(WebsocketInbound inbound) {
    AtomicReference<Channel> channel = new AtomicReference<>();
    inbound.withConnection(connection -> channel.set(connection.channel()));
    return Objects.requireNonNull(channel.get());
  }

  /** The caller and the device that the upgrade named. */
  Identification identification() {
    return identification;
  }

  Channel channel() {
    return channel;
  }

  /** The context of the encoder: no handler between it and the socket changes what is written. */
  ChannelHandlerContext encoder() {
    return channel.pipeline().context(WebSocketFrameEncoder.class);
  }

  /** Adds the guard before the decoder, and {@link ClientFaults} behind every other handler. */
  void guard(FrameGuard guard) {
    String decoder = channel.pipeline().context(WebSocketFrameDecoder.class).name();
    channel.pipeline().addBefore(decoder, "gateway.guard", guard);
    channel.pipeline().addBefore(NettyPipeline.ReactiveBridge, FAULTS, new ClientFaults());
  }
}
