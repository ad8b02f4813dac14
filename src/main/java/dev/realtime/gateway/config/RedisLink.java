package dev.realtime.gateway.config;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SocketOptions.KeepAliveOptions;
import io.lettuce.core.SocketOptions.TcpUserTimeoutOptions;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import java.time.Duration;

/**
 * The options that all connections to Redis share: they limit how long a connection lives whose
 * peer has vanished silently. Keep-alive probes detect it on an idle connection; the kernel sends
 * none while data is unacknowledged, and TCP_USER_TIMEOUT covers that case.
 */
public final class RedisLink {

  /** Time limit of a new connection, and of a command that a caller waits for. */
  public static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final Duration UNACKNOWLEDGED = Duration.ofSeconds(8);

  // The default delay grows to half a minute, too long for a Redis that is back.
  private static final Duration RECONNECT_DELAY = Duration.ofMillis(250);

  private RedisLink() {}

  /** Returns a builder of resources with what every client needs to reconnect well. */
  public static ClientResources.Builder resources() {
    return ClientResources.builder()
        .reconnectDelay(Delay.constant(RECONNECT_DELAY))
        .nettyCustomizer(new DeadHandshakes());
  }

  /** Returns a builder with the shared options of a client. */
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
