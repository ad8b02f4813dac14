package dev.realtime.gateway.bus;

import io.lettuce.core.pubsub.RedisPubSubAdapter;
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
 * Which channels this instance listens to at Redis: those that somebody holds. What one turn of an
 * event loop changes, and what changes in the rest after it, is told in one SUBSCRIBE and one
 * UNSUBSCRIBE.
 *
 * <p>Per channel two things count: whether it is held, and what Redis has confirmed last. Lettuce
 * completes a command at the first confirmation of any channel, so its futures prove nothing. Where
 * the two differ Redis is asked, and asked again when it has not confirmed within patience, since
 * both commands may be repeated. Until then a channel has one command under way: a subscribe never
 * crosses the unsubscribe before it, whatever threads send them.
 */
final class RedisSubscriptions extends RedisPubSubAdapter<String, byte[]> {

  private static final Logger log = LoggerFactory.getLogger(RedisSubscriptions.class);

  /** In a storm of connections several share a command; a lone one waits for nothing. */
  private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private final StatefulRedisPubSubConnection<String, byte[]> connection;
  private final EventLoop loop;
  private final Duration patience;
  private final Interruption onInterrupted;
  private final TurnEnd turnEnd;
  private final Future<?> watchdog;
  // Guarded by this, as all fields of the channels are.
  private final Map<String, Channel> channels = new HashMap<>();
  private List<String> changed = new ArrayList<>();
  // Below: on the loop only.
  private long lastTold = System.nanoTime() - REST_NANOS;
  private boolean resting;

  /** Told that the holders of a channel may have missed something. */
  @FunctionalInterface
  interface Interruption {

    /**
     * Somebody who holds the channel may have missed something.
     *
     * @param since from when on; by {@link System#nanoTime}
     */
    void interrupted(String channel, long since);
  }

  private enum Command {
    SUBSCRIBE,
    UNSUBSCRIBE
  }

  private static final class Channel {
    int holders;

    /** Redis' last word, on this connection. */
    boolean confirmed;

    /** What Redis was asked last and has not confirmed; null for nothing. */
    @Nullable Command underWay;

    long askedAt;

    /** Ends the wait for it to become active; null when nobody waits. */
    Sinks.@Nullable Empty<Void> waiters;

    /** From when on somebody who holds it may have missed something; null for nothing. */
    @Nullable Long missedSince;

    boolean isHeld() {
      return holders > 0;
    }

    boolean isActive() {
      return confirmed && underWay == null;
    }

    void missed(long since) {
      if (missedSince == null) {
        missedSince = since;
      }
    }

    /** What makes Redis do what is wanted; null where it does, or is about to. */
    @Nullable Command due(boolean again) {
      Command wanted = isHeld() ? Command.SUBSCRIBE : Command.UNSUBSCRIBE;
      if (underWay != null) {
        return again ? wanted : null;
      }
      return isHeld() == confirmed ? null : wanted;
    }

    boolean isOver() {
      return !isHeld() && !confirmed && underWay == null;
    }
  }

  private record Wait(Channel channel, Sinks.Empty<Void> waiters) {}

  private record Orders(List<String> subscribe, List<String> unsubscribe) {

    Orders() {
      this(new ArrayList<>(), new ArrayList<>());
    }
  }

  /**
   * @param patience how long a holder waits for a subscription before it goes on as if Redis were
   *     away, and after which Redis is asked again
   */
  RedisSubscriptions(
      StatefulRedisPubSubConnection<String, byte[]> connection,
      EventLoop loop,
      Duration patience,
      Interruption onInterrupted) {
    this.connection = connection;
    this.loop = loop;
    this.patience = patience;
    this.onInterrupted = onInterrupted;
    this.turnEnd = new TurnEnd(loop, this::tellRedis);
    this.watchdog =
        loop.scheduleAtFixedRate(
            this::askAgain, patience.toMillis(), patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Holds a channel until {@link #release}.
   *
   * @return completes once it is active, or patience has run out; at once while Redis is away
   */
  Mono<Void> hold(String name) {
    Mono<Void> active = holdNow(name);
    return turnEnd.request() ? active : Mono.empty();
  }

  private synchronized Mono<Void> holdNow(String name) {
    Channel channel = channels.computeIfAbsent(name, _ -> new Channel());
    channel.holders++;
    if (!connection.isOpen()) {
      channel.missed(System.nanoTime());
      changed.add(name);
      return Mono.empty();
    }
    if (channel.isActive()) {
      return Mono.empty();
    }
    changed.add(name);
    if (channel.waiters == null) {
      channel.waiters = Sinks.empty();
    }
    return channel.waiters.asMono();
  }

  void release(String name) {
    releaseNow(name);
    turnEnd.request();
  }

  private synchronized void releaseNow(String name) {
    Channel channel = channels.get(name);
    if (channel != null && --channel.holders == 0) {
      changed.add(name);
    }
  }

  void stop() {
    watchdog.cancel(false);
  }

  // --- asking; on the loop

  private void tellRedis() {
    long rest = lastTold + REST_NANOS - System.nanoTime();
    if (rest <= 0) {
      lastTold = System.nanoTime();
      tellNow();
    } else if (!resting) {
      resting = true;
      var _ = loop.schedule(this::rested, rest, TimeUnit.NANOSECONDS);
    }
  }

  private void rested() {
    resting = false;
    tellRedis();
  }

  private void tellNow() {
    Orders orders;
    List<Wait> waits = new ArrayList<>();
    synchronized (this) {
      List<String> due = changed;
      changed = new ArrayList<>();
      orders = decide(due, false);
      for (String name : due) {
        Channel channel = channels.get(name);
        if (channel != null && channel.waiters != null) {
          waits.add(new Wait(channel, channel.waiters));
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
    for (String name : names) {
      Channel channel = channels.get(name);
      if (channel == null) {
        continue;
      }
      Command due = open ? channel.due(again) : null;
      if (due != null) {
        channel.underWay = due;
        channel.askedAt = System.nanoTime();
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
              .filter(entry -> isLate(entry.getValue(), overdue))
              .map(Map.Entry::getKey)
              .toList();
      orders = decide(late, true);
    }
    int count = orders.subscribe.size() + orders.unsubscribe.size();
    if (count > 0) {
      log.warn("Redis has not confirmed {} channels: they are asked for again", count);
      send(orders);
    }
  }

  private static boolean isLate(Channel channel, long overdue) {
    return channel.underWay != null && channel.askedAt - overdue < 0;
  }

  private void giveUp(Wait wait) {
    synchronized (this) {
      if (!wait.waiters.equals(wait.channel.waiters)) {
        return;
      }
      wait.channel.waiters = null;
      wait.channel.missed(System.nanoTime() - patience.toNanos());
    }
    release(wait.waiters);
  }

  private static void release(Sinks.Empty<Void> waiters) {
    // Emitted once, by whoever took it from the channel: it cannot be refused.
    waiters.tryEmitEmpty();
  }

  // --- what Redis says

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
        channel.underWay = channel.confirmed ? Command.SUBSCRIBE : null;
        channel.confirmed = false;
        channel.askedAt = now;
        if (channel.isHeld()) {
          channel.missed(since);
        }
        changed.add(name);
      });
    }
    turnEnd.request();
  }

  @Override
  public void subscribed(String name, long count) {
    Sinks.Empty<Void> waiters;
    Long missedSince;
    boolean held;
    synchronized (this) {
      // One that nobody holds any more is there until Redis has let go of it.
      Channel channel = channels.computeIfAbsent(name, _ -> new Channel());
      channel.confirmed = true;
      if (channel.underWay == Command.UNSUBSCRIBE) {
        return;
      }
      channel.underWay = null;
      waiters = channel.waiters;
      missedSince = channel.missedSince;
      held = channel.isHeld();
      channel.waiters = null;
      channel.missedSince = null;
      if (!held) {
        changed.add(name);
      }
    }
    if (waiters != null) {
      release(waiters);
    }
    if (missedSince != null && held) {
      onInterrupted.interrupted(name, missedSince);
    }
    if (!held) {
      turnEnd.request();
    }
  }

  @Override
  public void unsubscribed(String name, long count) {
    synchronized (this) {
      Channel channel = channels.get(name);
      if (channel == null) {
        return;
      }
      channel.confirmed = false;
      if (channel.underWay == Command.UNSUBSCRIBE) {
        // Whoever has come since waits for the next subscription.
        channel.underWay = null;
      } else if (channel.isHeld()) {
        channel.missed(System.nanoTime());
      }
      changed.add(name);
    }
    turnEnd.request();
  }
}
