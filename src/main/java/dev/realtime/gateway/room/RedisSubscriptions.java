package dev.realtime.gateway.room;

import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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
 * <p>A channel has at most one command under way, and the next one waits until Redis has confirmed
 * it: a subscribe never crosses the unsubscribe before it, whatever threads send them.
 */
final class RedisSubscriptions extends RedisPubSubAdapter<String, byte[]> {

  private static final Logger log = LoggerFactory.getLogger(RedisSubscriptions.class);

  /** In a storm of connections several share a command; a lone one waits for nothing. */
  private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private final StatefulRedisPubSubConnection<String, byte[]> connection;
  private final EventLoop loop;
  private final Duration patience;
  private final Consumer<String> onInterrupted;
  private final TurnEnd turnEnd;
  // Guarded by this, as all fields of the channels are.
  private final Map<String, Channel> channels = new HashMap<>();
  private List<String> changed = new ArrayList<>();
  // Below: on the loop only.
  private long lastTold = System.nanoTime() - REST_NANOS;
  private boolean resting;

  /**
   * @param patience how long a holder waits for a subscription before it goes on as if Redis were
   *     away
   * @param onInterrupted told a channel whose holders may have missed something
   */
  RedisSubscriptions(
      StatefulRedisPubSubConnection<String, byte[]> connection,
      EventLoop loop,
      Duration patience,
      Consumer<String> onInterrupted) {
    this.connection = connection;
    this.loop = loop;
    this.patience = patience;
    this.onInterrupted = onInterrupted;
    this.turnEnd = new TurnEnd(loop, this::tellRedis);
  }

  private enum Phase {
    SILENT,
    SUBSCRIBING,
    ACTIVE,
    UNSUBSCRIBING
  }

  private static final class Channel {
    Phase phase = Phase.SILENT;
    int holders;

    /** Ends the wait for it to become active; null when nobody waits. */
    Sinks.@Nullable Empty<Void> waiters;

    /** Whether somebody has gone on without it. */
    boolean missed;

    void undo() {
      missed |= phase == Phase.SUBSCRIBING;
      phase = phase == Phase.SUBSCRIBING ? Phase.SILENT : Phase.ACTIVE;
    }
  }

  private record Wait(Channel channel, Sinks.Empty<Void> waiters) {}

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
    if (channel.phase == Phase.ACTIVE) {
      return Mono.empty();
    }
    changed.add(name);
    if (!connection.isOpen()) {
      channel.missed = true;
      return Mono.empty();
    }
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
    List<String> subscribe = new ArrayList<>();
    List<String> unsubscribe = new ArrayList<>();
    List<Wait> waits = new ArrayList<>();
    synchronized (this) {
      List<String> due = changed;
      changed = new ArrayList<>();
      for (String name : due) {
        Channel channel = channels.get(name);
        if (channel != null) {
          decide(name, channel, subscribe, unsubscribe);
          if (channel.waiters != null) {
            waits.add(new Wait(channel, channel.waiters));
          }
        }
      }
    }
    if (!waits.isEmpty()) {
      var _ =
          loop.schedule(
              () -> waits.forEach(this::giveUp), patience.toMillis(), TimeUnit.MILLISECONDS);
    }
    // Confirmations come to subscribed() and unsubscribed(); of the commands only a failure
    // matters.
    if (!subscribe.isEmpty()) {
      String[] names = subscribe.toArray(String[]::new);
      connection.async().subscribe(names).whenComplete((_, failure) -> ended(subscribe, failure));
    }
    if (!unsubscribe.isEmpty()) {
      String[] names = unsubscribe.toArray(String[]::new);
      connection
          .async()
          .unsubscribe(names)
          .whenComplete((_, failure) -> ended(unsubscribe, failure));
    }
  }

  /** What is under way already is decided again when it is confirmed. */
  private void decide(
      String name, Channel channel, List<String> subscribe, List<String> unsubscribe) {
    if (channel.phase == Phase.SILENT && channel.holders > 0) {
      channel.phase = Phase.SUBSCRIBING;
      subscribe.add(name);
    } else if (channel.phase == Phase.ACTIVE && channel.holders == 0) {
      channel.phase = Phase.UNSUBSCRIBING;
      unsubscribe.add(name);
    } else if (channel.phase == Phase.SILENT) {
      channels.remove(name);
    }
  }

  private void giveUp(Wait wait) {
    synchronized (this) {
      if (!wait.waiters.equals(wait.channel.waiters)) {
        return;
      }
      wait.channel.waiters = null;
      wait.channel.missed = true;
    }
    release(wait.waiters);
  }

  private static void release(Sinks.Empty<Void> waiters) {
    // Emitted once, by whoever took it from the channel: it cannot be refused.
    waiters.tryEmitEmpty();
  }

  /**
   * A command outlives a lost connection; it fails when Redis refuses it, or at the end. Tried
   * again.
   */
  private void ended(List<String> names, @Nullable Throwable failure) {
    if (failure == null) {
      return;
    }
    log.warn(
        "Redis did not take {} channels, {} first: {}",
        names.size(),
        names.getFirst(),
        failure.toString());
    synchronized (this) {
      names.stream().map(channels::get).filter(Objects::nonNull).forEach(Channel::undo);
      changed.addAll(names);
    }
    var _ = loop.schedule(turnEnd::request, patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void subscribed(String name, long count) {
    Sinks.Empty<Void> waiters;
    boolean interrupted;
    boolean left;
    synchronized (this) {
      Channel channel = channels.get(name);
      if (channel == null || channel.phase == Phase.UNSUBSCRIBING) {
        return;
      }
      // After a reconnect Lettuce subscribes by itself to what was active.
      interrupted = channel.missed || channel.phase == Phase.ACTIVE;
      waiters = channel.waiters;
      left = channel.holders == 0;
      channel.phase = Phase.ACTIVE;
      channel.missed = false;
      channel.waiters = null;
      if (left) {
        changed.add(name);
      }
    }
    if (waiters != null) {
      release(waiters);
    }
    if (interrupted) {
      onInterrupted.accept(name);
    }
    if (left) {
      turnEnd.request();
    }
  }

  @Override
  public void unsubscribed(String name, long count) {
    synchronized (this) {
      Channel channel = channels.get(name);
      if (channel == null || channel.phase != Phase.UNSUBSCRIBING) {
        return;
      }
      channel.phase = Phase.SILENT;
      changed.add(name);
    }
    turnEnd.request();
  }
}
