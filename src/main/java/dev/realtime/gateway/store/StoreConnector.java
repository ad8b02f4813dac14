package dev.realtime.gateway.store;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;

/**
 * Opens connections to PostgreSQL, each with a hold on its channel: the driver has no way to end a
 * connection, or the opening of one, on which the server does not answer.
 */
final class StoreConnector {

  /** From the first packet to the last answer of the handshake. */
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private final ConnectionFactoryOptions options;
  private final LoopResources loops;
  private final PostgresqlConnectionFactoryProvider driver =
      new PostgresqlConnectionFactoryProvider();

  StoreConnector(ConnectionFactoryOptions options, LoopResources loops) {
    this.options = options;
    this.loops = loops;
  }

  /** Fails after 5 seconds at the latest, and leaves nothing behind then. */
  Mono<StoreConnection> connect() {
    return Mono.defer(this::connectNow)
        // Names may have to be looked up.
        .subscribeOn(Schedulers.boundedElastic());
  }

  private Mono<StoreConnection> connectNow() {
    Opening opening = new Opening(loops);
    ConnectionFactoryOptions own =
        options
            .mutate()
            .option(PostgresqlConnectionFactoryProvider.LOOP_RESOURCES, opening)
            .build();
    Mono<StoreConnection> opened =
        driver.create(own).create().map(connection -> opening.opened(connection));
    return Uncancelled.within(LIMIT, opened, opening::end)
        .onErrorMap(StoreUnreachableException::new);
  }

  /** The event loops as one attempt sees them: its channel is made here. */
  private static final class Opening implements LoopResources {

    /**
     * A server that vanished without a word is noticed this soon, also while something that was
     * sent to it is unconfirmed: the system does not probe then, and would try for 15 minutes.
     */
    private static final int SILENCE_MILLIS = 8_000;

    private static final int PROBE_AFTER_SECONDS = 5;
    private static final int PROBE_EVERY_SECONDS = 1;
    private static final int PROBES = 3;

    private final LoopResources loops;
    private @Nullable Channel channel; // guarded by this

    Opening(LoopResources loops) {
      this.loops = loops;
    }

    @Override
    public synchronized <C extends Channel> C onChannel(Class<C> type, EventLoopGroup group) {
      C made = loops.onChannel(type, group);
      // Without Epoll these options are unknown, and the limit of each question has to do.
      made.config().setOption(EpollChannelOption.TCP_USER_TIMEOUT, SILENCE_MILLIS);
      made.config().setOption(EpollChannelOption.TCP_KEEPIDLE, PROBE_AFTER_SECONDS);
      made.config().setOption(EpollChannelOption.TCP_KEEPINTVL, PROBE_EVERY_SECONDS);
      made.config().setOption(EpollChannelOption.TCP_KEEPCNT, PROBES);
      channel = made;
      return made;
    }

    synchronized StoreConnection opened(Connection connection) {
      if (channel == null) {
        throw new IllegalStateException("The driver did not ask for a channel");
      }
      return new StoreConnection(connection, channel);
    }

    synchronized void end() {
      if (channel != null) {
        var _ = channel.close();
      }
    }

    @Override
    public <C extends Channel> Class<? extends C> onChannelClass(
        Class<C> type, EventLoopGroup group) {
      return loops.onChannelClass(type, group);
    }

    @Override
    public EventLoopGroup onServer(boolean useNative) {
      return loops.onServer(useNative);
    }

    @Override
    public EventLoopGroup onClient(boolean useNative) {
      return loops.onClient(useNative);
    }

    @Override
    public boolean daemon() {
      return loops.daemon();
    }
  }
}
