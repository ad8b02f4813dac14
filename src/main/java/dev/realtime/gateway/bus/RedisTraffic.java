package dev.realtime.gateway.bus;

import dev.realtime.gateway.bus.BusMessage.Kind;
import dev.realtime.gateway.config.RedisLink;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.netty.channel.EventLoop;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The traffic between this instance and Redis. It handles everything that Redis sends on the loop
 * of the bus: messages of other instances, echoes of its own, confirmations, answers and lost
 * connections.
 */
final class RedisTraffic
    implements RedisPublisher.Answers, RedisSubscriptions.Observer, Greetings.Ends, Beats.Rooms {

  private static final Logger log = LoggerFactory.getLogger(RedisTraffic.class);

  private final EventLoop loop;
  private final LocalRoomBus local;
  private final BusCounts counts = new BusCounts();
  private final Unreadable unreadable = new Unreadable(counts.unreadable);
  private final Hearings hearings = new Hearings();
  private final RedisPublisher publisher;
  private final String inbox;
  private final RedisSubscriptions subscriptions;
  private final Greetings greetings;
  private final BeatWatch watch;
  private final Beats beats;

  /**
   * Begins to listen.
   *
   * @param beat interval of the {@link Beats}
   * @param local the bus whose subscribers receive the messages
   */
  RedisTraffic(
      StatefulRedisConnection<String, byte[]> publishing,
      StatefulRedisPubSubConnection<String, byte[]> listening,
      EventLoop loop,
      Duration beat,
      LocalRoomBus local) {
    this.loop = loop;
    this.local = local;
    publisher = new RedisPublisher(publishing, loop, this, counts);
    inbox = RedisPublisher.inbox(publisher.instance());
    subscriptions = new RedisSubscriptions(listening, loop, RedisLink.PATIENCE, this);
    greetings = new Greetings(publisher, loop, this);
    watch = new BeatWatch(publishing, listening, beat);
    beats = new Beats(publisher, watch, beat, loop, this);
    listening.addListener(new Connection());
    listening.addListener(new Listener());
    // This class owns the holds, which last as long as the connections.
    hold(inbox).subscribe();
    hold(RedisPublisher.INSTANCES).subscribe();
  }

  /** Publishes to the other instances, unless none of them listens; for any thread. */
  void publish(RoomId room, RoomBus.Message message) {
    if (hearings.isAlone(room)) {
      counts.spared.increment();
    } else {
      publisher.publish(room, message);
    }
  }

  /** Returns what {@link RoomBus#reach} describes. */
  int reach(RoomId room) {
    return hearings.reach(room);
  }

  /** Holds a channel as {@link RedisSubscriptions#hold} does. */
  Mono<Void> hold(String channel) {
    return subscriptions.hold(channel);
  }

  void release(String channel) {
    subscriptions.release(channel);
  }

  BusCounts counts() {
    return counts;
  }

  Beats beats() {
    return beats;
  }

  void stop() {
    beats.stop();
    publisher.stop();
    subscriptions.stop();
  }

  // --- messages

  private void received(String channel, byte[] bytes) {
    BusMessage message = BusMessage.read(bytes);
    if (message == null) {
      unreadable.note(channel, bytes);
      interrupted(channel, System.nanoTime());
    } else if (message.instance() == publisher.instance()) {
      echoed(channel, message);
    } else {
      watch.othersHeard();
      if (!channel.equals(RedisPublisher.INSTANCES)) {
        counts.received.increment();
      }
      takeInOrder(channel, message);
    }
  }

  private void echoed(String channel, BusMessage message) {
    if (message.kind() == Kind.BEAT) {
      beats.echoed(message);
    } else {
      hearings.echoed(channel, message.number());
    }
  }

  private void takeInOrder(String channel, BusMessage message) {
    switch (hearings.heard(channel, message)) {
      case Hearing.Arrival.InOrder _ -> take(channel, message);
      case Hearing.Arrival.Repeated _ -> counts.doubles.increment();
      case Hearing.Arrival.AfterGap gap -> {
        afterGap(channel, gap.since());
        take(channel, message);
      }
    }
  }

  private void afterGap(String channel, long since) {
    if (channel.equals(RedisPublisher.INSTANCES)) {
      // The missing message may have been a report of any channel.
      counts.reportsWithGaps.increment();
      local.interruptAll(since);
    } else {
      counts.gaps.increment();
      interrupted(channel, since);
    }
  }

  private void take(String channel, BusMessage message) {
    switch (message.kind()) {
      case PUBLISHED ->
          local.publish(RoomId.ofChannel(channel), RoomBus.Message.of(message.payload()));
      case HELLO -> {
        hearings.greeted(channel);
        // The answer follows all earlier messages of this instance, as its messages to one instance
        // are ordered.
        publisher.publish(RedisPublisher.inbox(message.instance()), Kind.HERE, message.payload());
      }
      case HERE -> greetings.here(message.payloadNumber());
      case LOSSES -> local.interruptAll(System.nanoTime() - message.payloadNumber());
      case BEAT -> beats.heard(message);
      case SENT -> beats.reported(message);
      case GONE -> beats.gone(message);
    }
  }

  @Override
  public void answered(String channel, BusMessage message, long heardBy) {
    switch (message.kind()) {
      case BEAT -> watch.answered();
      case HELLO -> {
        hearings.answered(channel, message.number(), heardBy);
        greetings.answered(message.payloadNumber(), heardBy);
      }
      case PUBLISHED -> hearings.answered(channel, message.number(), heardBy);
      case HERE, LOSSES, SENT, GONE -> {}
    }
  }

  @Override
  public void lost(String channel, BusMessage message) {
    if (message.kind() == Kind.HELLO) {
      greetings.lost(message.payloadNumber());
    }
  }

  // --- subscriptions

  @Override
  public void confirmed(String channel) {
    hearings.begin(channel);
    if (RoomId.isShared(channel)) {
      greetings.begin(channel);
    } else {
      subscriptions.settled(channel);
    }
  }

  @Override
  public void greeted(String channel) {
    subscriptions.settled(channel);
  }

  @Override
  public void greetedLate(String channel, long since) {
    interrupted(channel, since);
  }

  @Override
  public void ended(String channel) {
    hearings.end(channel);
    greetings.end(channel);
  }

  @Override
  public void interrupted(String channel, long since) {
    if (RoomId.isRoom(channel)) {
      local.interrupt(RoomId.ofChannel(channel), since);
    }
  }

  @Override
  public void allInterrupted(long since) {
    local.interruptAll(since);
  }

  @Override
  public boolean lacks(String channel, long instance, long number) {
    // The holders of a channel that is not active yet read their log once it is.
    return subscriptions.isActive(channel) && !hearings.hasHeard(channel, instance, number);
  }

  private void disconnected() {
    greetings.endAll();
    if (hearings.endAll()) {
      // Redis may have dropped this instance's subscription and sent it no hello.
      publisher.missed(watch.heardAt());
    }
  }

  private void reconnected() {
    disconnected();
    beats.reconnected();
    subscriptions.reconnected(watch.heardAt());
  }

  /** Runs a task on the loop: Lettuce may call from other threads, and one loop keeps one order. */
  private void onLoop(Runnable task) {
    if (loop.inEventLoop()) {
      task.run();
      return;
    }
    try {
      loop.execute(task);
    } catch (RejectedExecutionException ended) {
      // The instance has stopped, and no caller waits for the result.
    }
  }

  private final class Connection implements RedisConnectionStateListener {

    @Override
    public void onRedisConnected(RedisChannelHandler<?, ?> connection, SocketAddress address) {
      onLoop(RedisTraffic.this::reconnected);
    }

    @Override
    public void onRedisDisconnected(RedisChannelHandler<?, ?> connection) {
      onLoop(RedisTraffic.this::disconnected);
    }
  }

  private final class Listener extends RedisPubSubAdapter<String, byte[]> {

    @Override
    public void message(String channel, byte[] message) {
      onLoop(() -> {
        try {
          received(channel, message);
        } catch (RuntimeException broken) {
          // The thread that listens serves every room: one bad message must not end it.
          log.warn("Dropped a message of {}", channel, broken);
        }
      });
    }

    @Override
    public void subscribed(String channel, long count) {
      onLoop(() -> subscriptions.subscribed(channel));
    }

    @Override
    public void unsubscribed(String channel, long count) {
      onLoop(() -> subscriptions.unsubscribed(channel));
    }
  }
}
