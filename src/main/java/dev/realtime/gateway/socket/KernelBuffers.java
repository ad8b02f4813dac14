package dev.realtime.gateway.socket;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;

/**
 * Bounds what the kernel takes for a client that does not read. Its buffer grows to megabytes
 * otherwise: the socket stays writable meanwhile, so the gateway neither drops what is out of date
 * nor closes the client. Linux only (tcp(7), TCP_NOTSENT_LOWAT); elsewhere the kernel decides.
 */
@Component
final class KernelBuffers implements WebServerFactoryCustomizer<NettyReactiveWebServerFactory> {

  /** Bytes that the kernel takes for a socket and has not sent yet. */
  private static final long UNSENT_BYTES = 128L * 1024;

  @Override
  public void customize(NettyReactiveWebServerFactory factory) {
    if (Epoll.isAvailable()) {
      factory.addServerCustomizers(
          server -> server.childOption(EpollChannelOption.TCP_NOTSENT_LOWAT, UNSENT_BYTES));
    }
  }
}
