package dev.realtime.gateway.socket;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import java.io.IOException;

/**
 * Stands behind the WebSocket decoder and keeps from the log what a client does to its own
 * connection: a reset, after which the channel closes anyway, and a frame that the decoder finds
 * broken and answers by itself, should the {@link FrameGuard} have let one pass.
 */
final class ClientFaults extends ChannelInboundHandlerAdapter {

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
    if (!(failure instanceof CorruptedWebSocketFrameException || failure instanceof IOException)) {
      context.fireExceptionCaught(failure);
    }
  }
}
