package dev.realtime.gateway.socket;

import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.session.Connection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Stands before the WebSocket decoder: sees every byte a client sends and when the channel takes
 * more. It ends a connection whose message is too large while the client can still read why, and
 * throws away what comes after the last words.
 */
final class FrameGuard extends ChannelInboundHandlerAdapter {

  private final Connection connection;
  private final FrameScanner scanner;

  FrameGuard(Connection connection, int maxMessage) {
    this.connection = connection;
    this.scanner = new FrameScanner(maxMessage);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!(message instanceof ByteBuf bytes)) {
      context.fireChannelRead(message);
      return;
    }
    connection.heard();
    boolean ending = scanner.isTooLarge() || connection.isClosing();
    int accepted = scanner.scan(bytes);
    if (ending) {
      bytes.release();
      endOnceAnswered(context);
    } else if (scanner.isTooLarge()) {
      context.fireChannelRead(bytes.readRetainedSlice(accepted));
      bytes.release();
      connection.close(CloseCode.FRAME_TOO_LARGE);
    } else {
      context.fireChannelRead(bytes);
    }
  }

  private void endOnceAnswered(ChannelHandlerContext context) {
    if (connection.isClosing() && scanner.isCloseSeen()) {
      var _ = context.close();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    connection.writabilityChanged();
    context.fireChannelWritabilityChanged();
  }
}
