package dev.realtime.gateway.socket;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import java.io.IOException;

/**
 * Stands behind the WebSocket decoder and keeps from the log what a client does to its own
 * connection: a reset, after which the channel closes anyway, and a close frame nobody can spell,
 * which the decoder answers by itself.
 */
final class ClientFaults extends ChannelInboundHandlerAdapter {

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
    if (!(failure instanceof CorruptedWebSocketFrameException || failure instanceof IOException)) {
      context.fireExceptionCaught(failure);
    }
  }
}
