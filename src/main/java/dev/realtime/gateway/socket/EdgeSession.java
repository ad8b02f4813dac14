package dev.realtime.gateway.socket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.websocketx.WebSocketFrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketFrameEncoder;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.web.reactive.socket.HandshakeInfo;
import org.springframework.web.reactive.socket.adapter.ReactorNettyWebSocketSession;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;

/** A WebSocket session that shows its channel: outbound frames are written below the encoder. */
final class EdgeSession extends ReactorNettyWebSocketSession {

  private final Channel channel;
  private final Identification identification;

  EdgeSession(
      WebsocketInbound inbound,
      WebsocketOutbound outbound,
      HandshakeInfo info,
      NettyDataBufferFactory buffers,
      int maxFramePayload,
      Identification identification) {
    super(inbound, outbound, info, buffers, maxFramePayload);
    Channel[] found = new Channel[1];
    inbound.withConnection(connection -> found[0] = connection.channel());
    channel = found[0];
    this.identification = identification;
  }

  /** Who the upgrade said is there. */
  Identification identification() {
    return identification;
  }

  Channel channel() {
    return channel;
  }

  /** What is written here leaves as it is: no handler between this and the socket changes it. */
  ChannelHandlerContext encoder() {
    return channel.pipeline().context(WebSocketFrameEncoder.class);
  }

  void guard(FrameGuard guard) {
    String decoder = channel.pipeline().context(WebSocketFrameDecoder.class).name();
    channel.pipeline().addBefore(decoder, "gateway.guard", guard);
    channel.pipeline().addAfter(decoder, "gateway.faults", new ClientFaults());
  }
}
