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
 * The channels that this instance subscribes to at Redis: those with a holder. One SUBSCRIBE and
 * one UNSUBSCRIBE carry all changes of one turn of an event loop, and of the short pause after it.
 *
 * <p>Each channel has two facts: whether it is held, and the last confirmation of Redis. Lettuce
 * completes a command at the first confirmation of any channel, so its futures prove nothing. Where
 * the two facts differ, the subscriptions send a command, and repeat it when Redis has not
 * confirmed it within the timeout, since both commands may be repeated. Until then a channel has
 * one command under way: a subscribe never crosses the unsubscribe before it, whichever threads
 * send them.
 */
final class RedisSubscriptions {

  private static final Logger log = LoggerFactory.getLogger(RedisSubscriptions.class);

  /** Pause after a command, so that many connections share the next; a lone one never waits. */
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

  /** Receives the changes of channels, on the loop and without a lock. */
  interface Observer {

    /** Reports that Redis has confirmed a channel; its holders wait until {@link #settled}. */
    void confirmed(String channel);

    /** Reports that the subscription of a channel ends, by this instance's command or by Redis. */
    void ended(String channel);

    /**
     * Reports that a holder of the channel may have missed messages.
     *
     * @param since start of the possible gap; by {@link System#nanoTime}
     */
    void interrupted(String channel, long since);
  }

  private record Wait(Channel channel, Sinks.Empty<Void> waiters) {}

  private record Orders(List<String> subscribe, List<String> unsubscribe) {}

  /**
   * @param patience how long a holder waits for a subscription before it continues as if Redis were
   *     down; after that time a command is also repeated
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
   * @return completes once the channel is active, or the timeout has passed; at once while Redis is
   *     down
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

  /** Returns whether a channel is held, and messages published from now on arrive. */
  synchronized boolean isActive(String name) {
    Channel channel = channels.get(name);
    return channel != null && channel.isHeld() && channel.isActive();
  }

  void stop() {
    watchdog.cancel(false);
  }

  // --- commands; on the loop

  private void tellRedis() {
    Orders orders;
    List<Wait> waits = new ArrayList<>();
    synchronized (this) {
      List<String> due = changed;
      changed = new ArrayList<>();
      orders = decide(due, false);
      for (String name : due) {
        Channel channel = channels.get(name);
        if (channel != null && channel.waiters() != null) {
          waits.add(new Wait(channel, channel.await()));
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

  /** Decides which commands are due; none while the connection is down: a reconnect decides. */
  private Orders decide(Collection<String> names, boolean again) {
    Orders orders = new Orders(new ArrayList<>(), new ArrayList<>());
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

  /** Logs a failed command; an unconfirmed command is repeated. */
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
    if (!orders.subscribe.isEmpty() || !orders.unsubscribe.isEmpty()) {
      log.warn("Redis has not confirmed all channels; asking again");
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

  /** Only this call emits, since the waiters were removed from the channel first. */
  private static void release(Sinks.Empty<Void> waiters) {
    waiters.tryEmitEmpty();
  }

  // --- messages of Redis; on the loop

  /**
   * Handles a reconnect. Lettuce has resubscribed the channels that were confirmed on the previous
   * connection, and no others.
   *
   * @param since start of the possible gap; by {@link System#nanoTime}
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

  /** Handles a confirmed SUBSCRIBE of the channel. */
  void subscribed(String name) {
    synchronized (this) {
      // A channel without a holder is remembered until Redis confirms its UNSUBSCRIBE.
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

  /** Activates a channel whose publishers know of its subscription. */
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

  /** Handles a confirmed UNSUBSCRIBE of the channel. */
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
