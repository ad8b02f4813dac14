package dev.realtime.gateway.socket;

import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.session.Connection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Stands before the WebSocket decoder: sees every byte a client sends and when the channel takes
 * more. It ends a connection whose message is too large or whose frame is broken while the client
 * can still read why. After the close frame it throws away what comes: closing with bytes unread
 * would reset the connection, and the client would see only the reset.
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
    boolean ending = scanner.violation() != null || connection.isClosing();
    int accepted = scanner.scan(bytes);
    CloseCode violation = scanner.violation();
    if (ending) {
      bytes.release();
      endOnceAnswered(context);
    } else if (violation != null) {
      context.fireChannelRead(bytes.readRetainedSlice(accepted));
      bytes.release();
      connection.close(violation);
      endBehindAnswer(context);
    } else {
      context.fireChannelRead(bytes);
    }
  }

  /** Ends a client whose close frame was the broken one: it waits for nothing but the answer. */
  private void endBehindAnswer(ChannelHandlerContext context) {
    if (scanner.isCloseSeen()) {
      // The task runs after the close frame is written, and ends the channel once all has left.
      context.executor().execute(() -> endOnceFlushed(context));
    }
  }

  private static void endOnceFlushed(ChannelHandlerContext context) {
    var _ = context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
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
