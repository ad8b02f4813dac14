package dev.realtime.gateway.socket;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import java.io.IOException;

/**
 * Keeps from the log what a client does to its own connection. A client may reset the connection,
 * or close it in the middle of a fragmented message; the channel closes in both cases. The decoder
 * answers a broken frame by itself if the {@link FrameGuard} lets one pass.
 */
final class ClientFaults extends ChannelInboundHandlerAdapter {

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
    if (!(failure instanceof CorruptedWebSocketFrameException
        || failure instanceof PrematureChannelClosureException
        || failure instanceof IOException)) {
      context.fireExceptionCaught(failure);
    }
  }
}
