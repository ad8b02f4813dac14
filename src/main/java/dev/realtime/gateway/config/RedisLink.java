package dev.realtime.gateway.config;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SocketOptions.KeepAliveOptions;
import io.lettuce.core.SocketOptions.TcpUserTimeoutOptions;
import java.time.Duration;

/**
 * What all connections to Redis have in common: how soon one whose other end vanished without a
 * word is given up. Keep-alive probes notice it where nothing is under way, and only there, since
 * the kernel sends none while data is unacknowledged; TCP_USER_TIMEOUT notices the rest.
 */
public final class RedisLink {

  /** How long a new connection may take, and a command that somebody waits for. */
  public static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final Duration UNACKNOWLEDGED = Duration.ofSeconds(8);

  private RedisLink() {}

  /** The options of a client, to be completed. */
  public static ClientOptions.Builder options() {
    return ClientOptions.builder().socketOptions(sockets());
  }

  static SocketOptions sockets() {
    return SocketOptions.builder()
        .connectTimeout(PATIENCE)
        .keepAlive(
            KeepAliveOptions.builder()
                .enable()
                .idle(Duration.ofSeconds(5))
                .interval(Duration.ofSeconds(1))
                .count(3)
                .build())
        .tcpUserTimeout(
            TcpUserTimeoutOptions.builder().enable().tcpUserTimeout(UNACKNOWLEDGED).build())
        .build();
  }
}
