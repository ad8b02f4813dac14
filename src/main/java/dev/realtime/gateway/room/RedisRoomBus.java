package dev.realtime.gateway.room;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * The bus over Redis pub/sub: one connection to publish, one to listen, a channel per room that is
 * subscribed while this instance has somebody in the room.
 *
 * <p>Commands of one channel leave in the order of its references, since each is sent inside the
 * map's {@code compute}: a subscribe never crosses the unsubscribe before it. After a reconnect
 * Lettuce subscribes anew by itself, which is how an interruption is noticed.
 */
final class RedisRoomBus implements RoomBus, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(RedisRoomBus.class);
  private static final RedisCodec<String, byte[]> CODEC =
      RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

  /** How long a join waits for a subscription before it goes on as if the bus were away. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** Publishes without an answer; more of them are delivered to this instance only. */
  private static final int MAX_UNDER_WAY = 100_000;

  private final LocalRoomBus local = new LocalRoomBus();
  private final ConcurrentMap<String, Channel> channels = new ConcurrentHashMap<>();
  private final RedisClient publishingClient;
  private final RedisClient listeningClient;
  private final StatefulRedisConnection<String, byte[]> publishing;
  private final StatefulRedisPubSubConnection<String, byte[]> listening;

  /**
   * Connects.
   *
   * @throws io.lettuce.core.RedisConnectionException if Redis cannot be reached
   */
  RedisRoomBus(ClientResources resources, RedisURI uri) {
    publishingClient = RedisClient.create(resources, uri);
    // A publish that waits for a reconnect would arrive before anybody listens again: fail at once
    // and deliver here instead.
    publishingClient.setOptions(
        options()
            .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
            .requestQueueSize(MAX_UNDER_WAY)
            .timeoutOptions(TimeoutOptions.enabled(PATIENCE))
            .build());
    listeningClient = RedisClient.create(resources, uri);
    listeningClient.setOptions(options().build());
    publishing = publishingClient.connect(CODEC);
    listening = listeningClient.connectPubSub(CODEC);
    listening.addListener(new Listener());
  }

  private static ClientOptions.Builder options() {
    SocketOptions.KeepAliveOptions probes =
        SocketOptions.KeepAliveOptions.builder()
            .enable()
            .idle(Duration.ofSeconds(5))
            .interval(Duration.ofSeconds(2))
            .count(3)
            .build();
    // A Redis that vanished without a word is noticed within about ten seconds.
    return ClientOptions.builder()
        .socketOptions(SocketOptions.builder().connectTimeout(PATIENCE).keepAlive(probes).build());
  }

  @Override
  public void publish(RoomId room, byte[] message) {
    try {
      publishing
          .async()
          .publish(room.channel(), message)
          .whenComplete((heardBy, failure) -> published(room, message, heardBy, failure));
    } catch (RuntimeException closed) {
      // What is under way when the instance stops has been committed: it is no failure of its own.
      local.publish(room, message);
    }
  }

  /** Nobody heard it, not even this instance: whoever is in the room here still gets it. */
  private void published(
      RoomId room, byte[] message, @Nullable Long heardBy, @Nullable Throwable failure) {
    if (failure != null || heardBy == null || heardBy == 0) {
      local.publish(room, message);
    }
  }

  @Override
  public Mono<Disposable> subscribe(RoomId room, Subscriber subscriber) {
    return Mono.defer(() -> {
      Disposable registration = local.add(room, subscriber);
      Channel channel = acquire(room.channel());
      Disposable subscription = new Subscription(room.channel(), registration);
      return active(channel).thenReturn(subscription).doOnCancel(subscription::dispose);
    });
  }

  private Mono<Void> active(Channel channel) {
    if (!listening.isOpen()) {
      return Mono.empty();
    }
    return Mono.fromFuture(channel.active, true)
        .timeout(PATIENCE)
        .onErrorResume(failure -> Mono.empty())
        .then();
  }

  private Channel acquire(String name) {
    return channels.compute(
        name,
        (_, present) -> {
          Channel channel =
              present == null
                  ? new Channel(listening.async().subscribe(name).toCompletableFuture())
                  : present;
          channel.references++;
          return channel;
        });
  }

  private void release(String name) {
    channels.computeIfPresent(
        name,
        (_, channel) -> {
          channel.references--;
          if (channel.references > 0) {
            return channel;
          }
          var _ = listening.async().unsubscribe(name);
          return null;
        });
  }

  /** Whether both connections to Redis are up. */
  boolean isConnected() {
    return publishing.isOpen() && listening.isOpen();
  }

  @Override
  public void close() {
    publishing.close();
    listening.close();
    publishingClient.shutdown(Duration.ZERO, PATIENCE);
    listeningClient.shutdown(Duration.ZERO, PATIENCE);
  }

  /** A channel somebody here listens to. The count is only touched inside {@code compute}. */
  private static final class Channel {
    final CompletableFuture<Void> active;
    int references;

    Channel(CompletableFuture<Void> active) {
      this.active = active;
    }
  }

  private final class Subscription implements Disposable {
    private final String channel;
    private final Disposable registration;
    private final AtomicBoolean disposed = new AtomicBoolean();

    Subscription(String channel, Disposable registration) {
      this.channel = channel;
      this.registration = registration;
    }

    @Override
    public void dispose() {
      if (disposed.compareAndSet(false, true)) {
        registration.dispose();
        release(channel);
      }
    }
  }

  private final class Listener extends RedisPubSubAdapter<String, byte[]> {

    @Override
    public void message(String channel, byte[] message) {
      try {
        local.publish(RoomId.ofChannel(channel), message);
      } catch (RuntimeException broken) {
        // The thread that listens serves every room: one bad message must not end it.
        log.warn("Dropped a message of {}", channel, broken);
      }
    }

    @Override
    public void subscribed(String channel, long count) {
      Channel known = channels.get(channel);
      if (known != null && known.active.isDone()) {
        local.interrupt(RoomId.ofChannel(channel));
      }
    }
  }
}
