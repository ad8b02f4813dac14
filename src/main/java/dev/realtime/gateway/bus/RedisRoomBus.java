package dev.realtime.gateway.bus;

import dev.realtime.gateway.config.RedisLink;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.springframework.boot.health.contributor.Health;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * The bus over Redis pub/sub: one connection to publish, one to listen, and a channel per room,
 * subscribed while the room has a member on this instance. Subscribers of this instance receive its
 * messages at once; Redis delivers them to the other instances, unless none of them listens.
 */
final class RedisRoomBus implements RoomBus, AutoCloseable {

  private static final RedisCodec<String, byte[]> CODEC =
      RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

  /** Unanswered publishes allowed; any beyond that fails and counts as lost. */
  private static final int MAX_UNDER_WAY = 100_000;

  private static final Duration BEAT = Duration.ofSeconds(1);

  private final LocalRoomBus local = new LocalRoomBus();
  private final RedisClient publishingClient;
  private final RedisClient listeningClient;
  private final StatefulRedisConnection<String, byte[]> publishing;
  private final StatefulRedisPubSubConnection<String, byte[]> listening;
  private final RedisTraffic traffic;

  /**
   * Connects to Redis.
   *
   * @param loop the loop that sends all commands, so that they leave in order; preferably one of
   *     the resources
   * @throws io.lettuce.core.RedisConnectionException if Redis cannot be reached
   */
  RedisRoomBus(ClientResources resources, RedisURI uri, EventLoop loop) {
    this(resources, uri, loop, BEAT);
  }

  /**
   * @param beat interval of the {@link Beats}
   */
  RedisRoomBus(ClientResources resources, RedisURI uri, EventLoop loop, Duration beat) {
    publishingClient = RedisClient.create(resources, uri);
    publishingClient.setOptions(options());
    listeningClient = RedisClient.create(resources, uri);
    listeningClient.setOptions(options());
    publishing = publishingClient.connect(CODEC);
    listening = listeningClient.connectPubSub(CODEC);
    traffic = new RedisTraffic(publishing, listening, loop, beat, local);
  }

  /**
   * Returns options without a command timeout. Redis would still execute a command that had timed
   * out as soon as it recovers, and leave a subscription that this instance does not know of.
   * {@link BeatWatch} and the options of all connections bound how long a command may hang. While a
   * connection is down, commands fail at once, and none waits in Lettuce for a reconnect.
   */
  private static ClientOptions options() {
    return RedisLink.options()
        .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
        // Listening and asking on one connection needs it, so a Redis before 6 fails at the start.
        .protocolVersion(ProtocolVersion.RESP3)
        .requestQueueSize(MAX_UNDER_WAY)
        .timeoutOptions(TimeoutOptions.create())
        .build();
  }

  @Override
  public void publish(RoomId room, Message message) {
    local.publish(room, message);
    traffic.publish(room, message);
  }

  @Override
  public Mono<Disposable> subscribe(RoomId room, Subscriber subscriber) {
    return Mono.defer(() -> {
      Disposable registration = local.add(room, subscriber);
      String channel = room.channel();
      Mono<Void> active = traffic.hold(channel);
      Disposable subscription = new Subscription(channel, registration);
      return active.thenReturn(subscription).doOnCancel(subscription::dispose);
    });
  }

  @Override
  public int reach(RoomId room) {
    return traffic.reach(room);
  }

  @Override
  public Mono<Map<RoomId, Long>> listeners(Collection<RoomId> rooms) {
    if (rooms.isEmpty()) {
      return Mono.just(Map.of());
    }
    String[] channels = rooms.stream().map(RoomId::channel).distinct().toArray(String[]::new);
    // The pub/sub connection flushes at once and has no other request in flight.
    return Mono.fromCompletionStage(() -> listening.async().pubsubNumsub(channels))
        .timeout(RedisLink.PATIENCE)
        .map(RedisRoomBus::thoseHeard);
  }

  private static Map<RoomId, Long> thoseHeard(Map<String, Long> listeners) {
    Map<RoomId, Long> heard = new HashMap<>();
    listeners.forEach((channel, count) -> {
      if (count > 0) {
        heard.put(RoomId.ofChannel(channel), count);
      }
    });
    return heard;
  }

  @Override
  public Instances instances() {
    return traffic.beats();
  }

  Health health() {
    return traffic.beats().health();
  }

  /** Returns whether both connections to Redis are up. */
  boolean isConnected() {
    return publishing.isOpen() && listening.isOpen();
  }

  BusCounts counts() {
    return traffic.counts();
  }

  @Override
  public void close() {
    traffic.stop();
    publishing.close();
    listening.close();
    publishingClient.shutdown(Duration.ZERO, RedisLink.PATIENCE);
    listeningClient.shutdown(Duration.ZERO, RedisLink.PATIENCE);
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
        traffic.release(channel);
      }
    }
  }
}
