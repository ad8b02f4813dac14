package dev.realtime.gateway.load.socket;

import dev.realtime.gateway.load.setting.Target;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.InetSocketAddress;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Opens TCP connections to the target, over the source addresses in turn. */
public final class Dialer {

  private static final int CONNECT_MS = 10_000;

  private final Target target;
  private final int sourceAddresses;
  private final @Nullable SslContext tls;

  public Dialer(Target target, int sourceAddresses) {
    this.target = target;
    this.sourceAddresses = sourceAddresses;
    this.tls = target.isSecure() ? tls() : null;
  }

  private static SslContext tls() {
    try {
      return SslContextBuilder.forClient().build();
    } catch (SSLException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Connects on the worker's loop; the handler gets what comes in. */
  public ChannelFuture dial(Worker worker, int connection, ChannelHandler handler) {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(worker.loop())
            .channel(Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MS)
            .handler(new Pipeline(handler));
    if (Epoll.isAvailable()) {
      // The port is picked at connect: the same one serves other addresses at the same time.
      bootstrap.option(EpollChannelOption.IP_BIND_ADDRESS_NO_PORT, true);
    }
    return sourceAddresses == 1
        ? bootstrap.connect(target.address())
        : bootstrap.connect(target.address(), source(connection));
  }

  private InetSocketAddress source(int connection) {
    return new InetSocketAddress("127.0.0." + (1 + connection % sourceAddresses), 0);
  }

  private final class Pipeline extends ChannelInitializer<Channel> {

    private final ChannelHandler handler;

    Pipeline(ChannelHandler handler) {
      this.handler = handler;
    }

    @Override
    protected void initChannel(Channel channel) {
      if (tls != null) {
        channel
            .pipeline()
            .addLast(
                tls.newHandler(
                    channel.alloc(), target.uri().getHost(), target.address().getPort()));
      }
      channel.pipeline().addLast(handler);
    }
  }
}
