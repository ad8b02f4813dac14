package dev.realtime.gateway.bus;

import dev.realtime.gateway.bus.Channel.Command;
import dev.realtime.gateway.bus.Channel.Settled;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Which channels this instance listens to at Redis: those that somebody holds. One SUBSCRIBE and
 * one UNSUBSCRIBE carry what one turn of an event loop changes, and what changes in the rest after
 * it.
 *
 * <p>Per channel two things count: whether it is held, and what Redis has confirmed last. Lettuce
 * completes a command at the first confirmation of any channel, so its futures prove nothing. Where
 * the two differ the subscriptions ask Redis, and ask again when Redis has not confirmed within
 * patience, since both commands may be repeated. Until then a channel has one command under way: a
 * subscribe never crosses the unsubscribe before it, whatever threads send them.
 */
final class RedisSubscriptions {

  private static final Logger log = LoggerFactory.getLogger(RedisSubscriptions.class);

  /** In a storm of connections several share a command; a lone one waits for nothing. */
  private static final Duration REST = Duration.ofMillis(2);

  private final StatefulRedisPubSubConnection<String, byte[]> connection;
  private final EventLoop loop;
  private final Duration patience;
  private final Observer observer;
  private final TurnEnd turnEnd;
  private final Future<?> watchdog;
  // Guarded by this, as all channels are.
  private final Map<String, Channel> channels = new HashMap<>();
  private List<String> changed = new ArrayList<>();

  /** Told on the loop, and without a lock, what becomes of channels. */
  interface Observer {

    /** Redis has confirmed a channel; whoever waits for it waits until {@link #settled}. */
    void confirmed(String channel);

    /** Redis has been asked to end the subscription of a channel, or has ended it. */
    void ended(String channel);

    /**
     * Somebody who holds the channel may have missed something.
     *
     * @param since from when on; by {@link System#nanoTime}
     */
    void interrupted(String channel, long since);
  }

  private record Wait(Channel channel, Sinks.Empty<Void> waiters) {}

  private record Orders(List<String> subscribe, List<String> unsubscribe) {

    Orders() {
      this(new ArrayList<>(), new ArrayList<>());
    }
  }

  /**
   * @param patience how long a holder waits for a subscription before it goes on as if Redis were
   *     down, and after which Redis is asked again
   */
  RedisSubscriptions(
      StatefulRedisPubSubConnection<String, byte[]> connection,
      EventLoop loop,
      Duration patience,
      Observer observer) {
    this.connection = connection;
    this.loop = loop;
    this.patience = patience;
    this.observer = observer;
    this.turnEnd = new TurnEnd(loop, REST, this::tellRedis);
    this.watchdog =
        loop.scheduleAtFixedRate(
            this::askAgain, patience.toMillis(), patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Holds a channel until {@link #release}.
   *
   * @return completes once it is active, or patience has run out; at once while Redis is down
   */
  Mono<Void> hold(String name) {
    Mono<Void> active = holdNow(name);
    return turnEnd.request() ? active : Mono.empty();
  }

  private synchronized Mono<Void> holdNow(String name) {
    Channel channel = channels.computeIfAbsent(name, _ -> new Channel());
    channel.hold();
    if (!connection.isOpen()) {
      channel.missed(System.nanoTime());
      changed.add(name);
      return Mono.empty();
    }
    if (channel.isActive()) {
      return Mono.empty();
    }
    changed.add(name);
    return channel.await().asMono();
  }

  void release(String name) {
    releaseNow(name);
    turnEnd.request();
  }

  private synchronized void releaseNow(String name) {
    Channel channel = channels.get(name);
    if (channel != null && channel.release()) {
      changed.add(name);
    }
  }

  void stop() {
    watchdog.cancel(false);
  }

  // --- asking; on the loop

  private void tellRedis() {
    Orders orders;
    List<Wait> waits = new ArrayList<>();
    synchronized (this) {
      List<String> due = changed;
      changed = new ArrayList<>();
      orders = decide(due, false);
      for (String name : due) {
        Channel channel = channels.get(name);
        Sinks.Empty<Void> waiters = channel == null ? null : channel.waiters();
        if (channel != null && waiters != null) {
          waits.add(new Wait(channel, waiters));
        }
      }
    }
    if (!waits.isEmpty()) {
      var _ =
          loop.schedule(
              () -> waits.forEach(this::giveUp), patience.toMillis(), TimeUnit.MILLISECONDS);
    }
    send(orders);
  }

  /** While the connection is down nothing is asked: what is wanted then is asked when it is up. */
  private Orders decide(Collection<String> names, boolean again) {
    Orders orders = new Orders();
    boolean open = connection.isOpen();
    long now = System.nanoTime();
    for (String name : names) {
      Channel channel = channels.get(name);
      if (channel == null) {
        continue;
      }
      Command due = open ? channel.due(again) : null;
      if (due != null) {
        channel.asked(due, now);
        (due == Command.SUBSCRIBE ? orders.subscribe : orders.unsubscribe).add(name);
      } else if (channel.isOver()) {
        channels.remove(name);
      }
    }
    return orders;
  }

  private void send(Orders orders) {
    if (!orders.subscribe.isEmpty()) {
      String[] names = orders.subscribe.toArray(String[]::new);
      var _ = connection.async().subscribe(names).whenComplete(this::asked);
    }
    if (!orders.unsubscribe.isEmpty()) {
      orders.unsubscribe.forEach(observer::ended);
      String[] names = orders.unsubscribe.toArray(String[]::new);
      var _ = connection.async().unsubscribe(names).whenComplete(this::asked);
    }
  }

  /** Only Redis' confirmations count; what has none is asked again. */
  private void asked(@Nullable Void done, @Nullable Throwable failure) {
    if (failure != null && connection.isOpen()) {
      log.warn("Redis refused to subscribe or unsubscribe: {}", failure.toString());
    }
  }

  private void askAgain() {
    Orders orders;
    synchronized (this) {
      long overdue = System.nanoTime() - patience.toNanos();
      List<String> late =
          channels.entrySet().stream()
              .filter(entry -> entry.getValue().isLate(overdue))
              .map(Map.Entry::getKey)
              .toList();
      orders = decide(late, true);
    }
    int count = orders.subscribe.size() + orders.unsubscribe.size();
    if (count > 0) {
      log.warn("Redis has not confirmed {} channels; asking again", count);
      send(orders);
    }
  }

  private void giveUp(Wait wait) {
    boolean waited;
    synchronized (this) {
      waited = wait.channel.giveUp(wait.waiters, System.nanoTime() - patience.toNanos());
    }
    if (waited) {
      release(wait.waiters);
    }
  }

  private static void release(Sinks.Empty<Void> waiters) {
    // Emitted once, by whoever took it from the channel: it cannot be refused.
    waiters.tryEmitEmpty();
  }

  // --- what Redis says; on the loop

  /**
   * The connection was lost and is up again. Lettuce has asked for what was confirmed on the one
   * before, and for nothing else.
   *
   * @param since from when on the one before may have brought nothing; by {@link System#nanoTime}
   */
  void reconnected(long since) {
    synchronized (this) {
      long now = System.nanoTime();
      channels.forEach((name, channel) -> {
        channel.reconnected(since, now);
        changed.add(name);
      });
    }
    turnEnd.request();
  }

  /** Redis has confirmed a SUBSCRIBE of the channel. */
  void subscribed(String name) {
    synchronized (this) {
      // A channel that nobody holds is remembered until Redis has let go of it.
      Channel channel = channels.computeIfAbsent(name, _ -> new Channel());
      if (!channel.subscribed()) {
        return;
      }
      if (!channel.isHeld()) {
        changed.add(name);
      }
    }
    turnEnd.request();
    observer.confirmed(name);
  }

  /** Whoever publishes on the channel knows of its subscription: the channel is active. */
  void settled(String name) {
    Settled settled;
    synchronized (this) {
      Channel channel = channels.get(name);
      settled = channel == null ? null : channel.settle();
    }
    if (settled == null) {
      return;
    }
    if (settled.waiters() != null) {
      release(settled.waiters());
    }
    if (settled.missedSince() != null) {
      observer.interrupted(name, settled.missedSince());
    }
  }

  /** Redis has confirmed an UNSUBSCRIBE of the channel. */
  void unsubscribed(String name) {
    synchronized (this) {
      Channel channel = channels.get(name);
      if (channel != null) {
        channel.unsubscribed(System.nanoTime());
        changed.add(name);
      }
    }
    observer.ended(name);
    turnEnd.request();
  }
}
