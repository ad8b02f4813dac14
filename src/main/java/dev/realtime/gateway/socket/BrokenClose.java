package dev.realtime.gateway.socket;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;

/**
 * Stands behind the WebSocket decoder, which answers a close frame with a forbidden code or broken
 * words by itself: a goodbye nobody can spell is not a fault to be logged.
 */
final class BrokenClose extends ChannelInboundHandlerAdapter {

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
    if (!(failure instanceof CorruptedWebSocketFrameException)) {
      context.fireExceptionCaught(failure);
    }
  }
}
