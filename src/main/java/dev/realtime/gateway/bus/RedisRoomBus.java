package dev.realtime.gateway.bus;

import dev.realtime.gateway.config.RedisLink;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisURI;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.netty.channel.EventLoop;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * The bus over Redis pub/sub: one connection to publish, one to listen, a channel per room that is
 * subscribed while this instance has somebody in the room. What this instance publishes it hears
 * through Redis as the others do.
 */
final class RedisRoomBus implements RoomBus, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(RedisRoomBus.class);
  private static final RedisCodec<String, byte[]> CODEC =
      RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

  /** Publishes without an answer; more of them are delivered to this instance only. */
  private static final int MAX_UNDER_WAY = 100_000;

  private static final Duration BEAT = Duration.ofSeconds(5);

  private final LocalRoomBus local = new LocalRoomBus();
  private final EventLoop loop;
  private final RedisClient publishingClient;
  private final RedisClient listeningClient;
  private final StatefulRedisConnection<String, byte[]> publishing;
  private final StatefulRedisPubSubConnection<String, byte[]> listening;
  private final Openings openings;
  private final RedisPublisher publisher;
  private final RedisSubscriptions subscriptions;
  private final RedisPulse pulse;

  /**
   * Connects.
   *
   * @param loop where all commands leave, so that they leave in order; best that of the resources
   * @throws io.lettuce.core.RedisConnectionException if Redis cannot be reached
   */
  RedisRoomBus(ClientResources resources, RedisURI uri, EventLoop loop) {
    this(resources, uri, loop, BEAT);
  }

  /**
   * @param beat see {@link RedisPulse}
   */
  RedisRoomBus(ClientResources resources, RedisURI uri, EventLoop loop, Duration beat) {
    this.loop = loop;
    publishingClient = RedisClient.create(resources, uri);
    publishingClient.setOptions(options());
    listeningClient = RedisClient.create(resources, uri);
    listeningClient.setOptions(options());
    publishing = publishingClient.connect(CODEC);
    listening = listeningClient.connectPubSub(CODEC);
    openings = new Openings();
    publisher = new RedisPublisher(publishing, openings, local, loop);
    subscriptions = new RedisSubscriptions(listening, loop, RedisLink.PATIENCE, this::interrupted);
    pulse = new RedisPulse(publishing, listening, loop, beat);
    listening.addListener(openings);
    listening.addListener(subscriptions);
    listening.addListener(new Listener());
    // Owned by the bus: they last as long as the connections.
    subscribe(pulse.room(), pulse).subscribe();
    subscribe(RedisPublisher.LOSSES, new Losses()).subscribe();
  }

  /**
   * Neither connection times a command out. One that was given up is carried out all the same as
   * soon as Redis goes on: a message would come twice, a subscription would be there that nobody
   * knows of. {@link RedisPulse} and the options of all connections bound how long one may hang.
   * While a connection is down a command fails at once: nothing waits in Lettuce for a reconnect.
   */
  private static ClientOptions options() {
    return RedisLink.options()
        .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
        .requestQueueSize(MAX_UNDER_WAY)
        .timeoutOptions(TimeoutOptions.create())
        .build();
  }

  @Override
  public void publish(RoomId room, byte[] message) {
    publisher.publish(room, message);
  }

  private void interrupted(String channel, long since) {
    local.interrupt(RoomId.ofChannel(channel), since);
  }

  @Override
  public Mono<Disposable> subscribe(RoomId room, Subscriber subscriber) {
    return Mono.defer(() -> {
      Disposable registration = local.add(room, subscriber);
      String channel = room.channel();
      Mono<Void> active = subscriptions.hold(channel);
      Disposable subscription = new Subscription(channel, registration);
      return active.thenReturn(subscription).doOnCancel(subscription::dispose);
    });
  }

  @Override
  public Mono<Map<RoomId, Long>> listeners(Collection<RoomId> rooms) {
    if (rooms.isEmpty()) {
      return Mono.just(Map.of());
    }
    String[] channels = rooms.stream().map(RoomId::channel).distinct().toArray(String[]::new);
    // On the connection that listens: nothing else waits for answers there, and it flushes at once.
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

  /** Whether both connections to Redis are up. */
  boolean isConnected() {
    return publishing.isOpen() && listening.isOpen();
  }

  @Override
  public void close() {
    pulse.stop();
    publisher.stop();
    subscriptions.stop();
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
        subscriptions.release(channel);
      }
    }
  }

  /** Counts how often the listening connection has been opened. */
  private final class Openings
      implements RedisConnectionStateListener, RedisPublisher.RedisListening {

    private volatile int count = 1;

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // by the connection's own thread only
    public void onRedisConnected(RedisChannelHandler<?, ?> connection, SocketAddress address) {
      count++;
      subscriptions.reconnected(pulse.heardAt());
    }

    @Override
    public boolean isOpen() {
      return listening.isOpen();
    }

    @Override
    public int openings() {
      return count;
    }
  }

  /** Another instance could not publish for a while, though this one listened all the time. */
  private final class Losses implements Subscriber {

    @Override
    public void received(byte[] message) {
      local.interruptAll(System.nanoTime() - ByteBuffer.wrap(message).getLong());
    }

    @Override
    public void interrupted() {
      // Whatever else is interrupted has been told so.
    }
  }

  private final class Listener extends RedisPubSubAdapter<String, byte[]> {

    @Override
    public void message(String channel, byte[] message) {
      if (loop.inEventLoop()) {
        deliver(channel, message);
      } else {
        // A room is told by one thread, and what the publisher delivers comes on the loop.
        loop.execute(() -> deliver(channel, message));
      }
    }

    private void deliver(String channel, byte[] message) {
      try {
        local.publish(RoomId.ofChannel(channel), message);
      } catch (RuntimeException broken) {
        // The thread that listens serves every room: one bad message must not end it.
        log.warn("Dropped a message of {}", channel, broken);
      }
    }
  }
}
