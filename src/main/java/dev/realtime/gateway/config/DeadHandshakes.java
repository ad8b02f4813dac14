package dev.realtime.gateway.config;

import io.lettuce.core.protocol.RedisHandshakeHandler;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Stops Lettuce from reporting a channel as active that was closed within its handshake. Lettuce
 * ignores a failure of the last commands of a handshake, which Redis may refuse, and a closed
 * channel fails them, too. The watchdog of the connection would take the report for the end of its
 * attempt, start a second one beside it, and leave two channels for one connection: both listen,
 * both reconnect, and commands reach only one of them.
 */
final class DeadHandshakes implements NettyCustomizer {

  @Override
  public void afterChannelInitialized(Channel channel) {
    ChannelHandlerContext handshake = channel.pipeline().context(RedisHandshakeHandler.class);
    if (handshake != null) {
      channel.pipeline().addAfter(handshake.name(), null, Guard.INSTANCE);
    }
  }

  @Sharable
  private static final class Guard extends ChannelInboundHandlerAdapter {
    private static final Guard INSTANCE = new Guard();

    @Override
    public void channelActive(ChannelHandlerContext context) {
      if (context.channel().isActive()) {
        context.fireChannelActive();
      }
    }
  }
}
