package dev.realtime.gateway.ops;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.stereotype.Component;
import reactor.netty.resources.LoopResources;

/** Connects an instance to itself, on the event loops that serve its sockets. */
@Component
final class WarmUpClient {

  private final WebServerApplicationContext server;
  private final @Nullable InetAddress bound;
  private final Bootstrap client;

  /**
   * @param bound the address on which the server listens; null for all
   */
  WarmUpClient(
      WebServerApplicationContext server,
      LoopResources loopResources,
      EventLoopGroup eventLoops,
      @Value("${server.address:}") @Nullable InetAddress bound) {
    this.server = server;
    this.bound = bound;
    this.client =
        new Bootstrap()
            .group(eventLoops)
            .channel(loopResources.onChannelClass(SocketChannel.class, eventLoops));
  }

  /** Opens a connection for a visit; completes when it is closed, or could not be opened. */
  ChannelFuture visit(WarmUpVisit visit) {
    return client.clone().handler(visit).connect(address()).channel().closeFuture();
  }

  private InetSocketAddress address() {
    int port = Objects.requireNonNull(server.getWebServer()).getPort();
    InetAddress host =
        bound == null || bound.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : bound;
    return new InetSocketAddress(host, port);
  }
}
