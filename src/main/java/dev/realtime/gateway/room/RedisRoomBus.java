package dev.realtime.gateway.room;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionException;
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
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * The bus over Redis pub/sub: one connection to publish, one to listen, a channel per room that is
 * subscribed while this instance has somebody in the room. After a reconnect Lettuce subscribes
 * anew by itself, which is how an interruption is noticed.
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
  private final RedisClient publishingClient;
  private final RedisClient listeningClient;
  private final StatefulRedisConnection<String, byte[]> publishing;
  private final StatefulRedisPubSubConnection<String, byte[]> listening;
  private final RedisSubscriptions subscriptions;
  private final TurnEnd turnEnd;
  // Emptied in every turn of the loop; from there MAX_UNDER_WAY bounds it.
  private final Queue<Outgoing> outgoing = new ConcurrentLinkedQueue<>();

  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  private record Outgoing(RoomId room, byte[] message) {}

  /**
   * Connects.
   *
   * @param loop where all commands leave, so that they leave in order; best that of the resources
   * @throws io.lettuce.core.RedisConnectionException if Redis cannot be reached
   */
  RedisRoomBus(ClientResources resources, RedisURI uri, EventLoop loop) {
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
    // Commands leave when they are flushed: those of one turn of the event loop in one packet.
    publishing.setAutoFlushCommands(false);
    turnEnd = new TurnEnd(loop, this::publishAll);
    subscriptions =
        new RedisSubscriptions(
            listening, loop, PATIENCE, name -> local.interrupt(RoomId.ofChannel(name)));
    listening.addListener(subscriptions);
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
    outgoing.add(new Outgoing(room, message));
    if (!turnEnd.request()) {
      publishHere();
    }
  }

  /** On the loop: its commands are those of one thread, in order and without a lock to wait for. */
  private void publishAll() {
    for (Outgoing next = outgoing.poll(); next != null; next = outgoing.poll()) {
      publishNow(next.room, next.message);
    }
    publishing.flushCommands();
  }

  private void publishNow(RoomId room, byte[] message) {
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

  /** The instance is stopping, and its loops have ended. */
  private void publishHere() {
    for (Outgoing next = outgoing.poll(); next != null; next = outgoing.poll()) {
      local.publish(next.room, next.message);
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
    // Away it would be queued, and asked when nobody waits for the answer any more.
    return Mono.defer(() ->
            listening.isOpen()
                ? Mono.fromCompletionStage(listening.async().pubsubNumsub(channels))
                : Mono.error(new RedisConnectionException("not connected")))
        .timeout(PATIENCE)
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
    publishing.close();
    listening.close();
    publishingClient.shutdown(Duration.ZERO, PATIENCE);
    listeningClient.shutdown(Duration.ZERO, PATIENCE);
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
  }
}
