package dev.realtime.gateway.session;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.SessionEvent;
import dev.realtime.gateway.work.ConnectionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The connections of this instance, from open to gone, and the timers that end silent ones. */
@Component
public final class ConnectionRegistry {

  /**
   * A check that is this late shows that the instance was stalled, and that frames which clients
   * sent meanwhile may be unread.
   */
  private static final Duration LATE = Duration.ofMillis(500);

  private final Map<String, Connection> connections = new ConcurrentHashMap<>();
  private final Map<String, List<Connection>> perUser = new ConcurrentHashMap<>();
  private final Sender.Terms terms;
  private final ConnectionTimer timer;
  private final List<ConnectionListener> listeners;
  private final GatewayProperties.Session times;
  private final GatewayProperties.Limits limits;
  private volatile @Nullable Drain drain;

  /** The time by which every connection must be closed, in the time of {@link System#nanoTime}. */
  private record Drain(long end) {}

  ConnectionRegistry(
      Sender.Terms terms,
      ConnectionTimer timer,
      List<ConnectionListener> listeners,
      GatewayProperties properties,
      MeterRegistry meters) {
    this.terms = terms;
    this.timer = timer;
    this.listeners = List.copyOf(listeners);
    this.times = properties.session();
    this.limits = properties.limits();
    Gauge.builder("gateway.connections", connections, Map::size)
        .description("WebSocket connections of this instance")
        .register(meters);
  }

  /**
   * Registers a connection that has just been upgraded.
   *
   * @param encoder the context of its WebSocket encoder
   * @param deviceId the device id that the upgrade named; null for none
   */
  public Connection open(
      Channel channel, ChannelHandlerContext encoder, @Nullable String deviceId) {
    String id = Identifiers.next().toString();
    Outbound outbound = new Outbound(encoder, terms.bounds());
    Connection connection = new Connection(id, outbound, terms, limits.roomsPerConnection());
    if (deviceId != null) {
      connection.deviceId(deviceId);
    }
    connections.put(id, connection);
    channel.closeFuture().addListener(_ -> gone(connection));
    watchSilence(connection, times.heartbeat());
    connection.liveness().deadline(timer.after(times.authDeadline(), () -> endOverdue(connection)));
    // After the registration: either this sees the drain, or the drain sees the connection.
    Drain begun = drain;
    if (begun != null) {
      sendAway(connection, begun);
    }
    return connection;
  }

  private static void endOverdue(Connection connection) {
    if (!connection.isAuthenticated()) {
      connection.close(CloseCode.AUTH_TIMEOUT);
    }
  }

  /** Pings a silent client, and closes its connection if it stays silent. */
  private void watchSilence(Connection connection, Duration delay) {
    long due = System.nanoTime() + delay.toNanos();
    Runnable check = () -> checkSilence(connection, due);
    connection
        .liveness()
        .silenceCheck(timer.after(delay, () -> connection.eventLoop().execute(check)));
  }

  /**
   * Runs on the event loop, which also reads: unread input is no silence. The grace period starts
   * with a ping that has been written, and again after the gateway has paused reading.
   */
  private void checkSilence(Connection connection, long due) {
    if (connection.isClosing()) {
      return;
    }
    if (connection.isReadingPaused()) {
      connection.liveness().excuse();
      watchSilence(connection, times.heartbeatGrace());
      return;
    }
    Duration untilPing = times.heartbeat().minusNanos(connection.liveness().silenceNanos());
    boolean late = System.nanoTime() - due > LATE.toNanos();
    if (untilPing.isPositive()) {
      watchSilence(connection, untilPing);
    } else if (late || !connection.liveness().owesPong()) {
      connection.liveness().pinged();
      connection.sender().ping();
      watchSilence(connection, times.heartbeatGrace());
    } else {
      connection.close(CloseCode.HEARTBEAT_MISSED);
    }
  }

  /**
   * Counts an authenticated connection for its user. If the user has as many as allowed, another
   * one makes room: that of the same device, or else the one that has been silent for longest.
   * Never the newest, since a phone that loses its network again and again leaves such connections
   * behind.
   *
   * @return false if this connection is gone and would never be counted off
   */
  boolean admit(Connection newest) {
    AtomicReference<@Nullable Connection> displaced = new AtomicReference<>();
    List<Connection> admitted =
        perUser.compute(
            newest.userId(), (_, present) -> withRoomFor(newest, present, displaced::set));
    Connection leaving = displaced.get();
    if (leaving != null) {
      leaving.close(
          isSameDevice(leaving, newest) ? CloseCode.DISPLACED : CloseCode.TOO_MANY_CONNECTIONS);
    }
    return admitted != null && admitted.contains(newest);
  }

  private @Nullable List<Connection> withRoomFor(
      Connection newest, @Nullable List<Connection> present, Consumer<Connection> displaced) {
    if (!connections.containsKey(newest.id())) {
      return present;
    }
    Stream<Connection> others = present == null ? Stream.empty() : present.stream();
    if (present != null && present.size() >= limits.connectionsPerUser()) {
      Connection leaving = leastNeeded(newest, present);
      displaced.accept(leaving);
      others = others.filter(other -> other != leaving);
    }
    return Stream.concat(others, Stream.of(newest)).toList();
  }

  private static Connection leastNeeded(Connection newest, List<Connection> others) {
    return others.stream()
        .max(
            Comparator.<Connection, Boolean>comparing(other -> isSameDevice(other, newest))
                .thenComparingLong(other -> other.liveness().silenceNanos()))
        .orElseThrow();
  }

  private static boolean isSameDevice(Connection one, Connection other) {
    return one.deviceId().equals(other.deviceId());
  }

  void opened(Connection connection) {
    connection.welcomed();
    listeners.forEach(listener -> listener.opened(connection));
  }

  /** Reports to the listeners what {@link ConnectionListener#wentLive} describes. */
  void wentLive(Connection connection) {
    listeners.forEach(listener -> listener.wentLive(connection));
  }

  /**
   * Takes a pong that carries a rev, on the event loop, and reports to the listeners the frames
   * that it confirms; see {@link ConnectionListener#receipt}.
   */
  public void pong(Connection connection, long rev) {
    List<Long> confirmed = connection.sender().confirm(rev);
    if (!confirmed.isEmpty()) {
      listeners.forEach(listener -> listener.receipt(connection, confirmed));
    }
  }

  private void gone(Connection connection) {
    connections.remove(connection.id());
    connection.gone();
    if (connection.isAuthenticated()) {
      perUser.computeIfPresent(
          connection.userId(),
          (_, own) -> {
            List<Connection> left = own.stream().filter(other -> other != connection).toList();
            return left.isEmpty() ? null : left;
          });
    }
    listeners.forEach(listener -> listener.closed(connection));
  }

  /** Returns the user's authenticated connections to this instance; empty if there are none. */
  public List<Connection> of(String userId) {
    return perUser.getOrDefault(userId, List.of());
  }

  /** Returns all connections of this instance; a live view. */
  public Collection<Connection> all() {
    return Collections.unmodifiableCollection(connections.values());
  }

  /**
   * Closes all connections, and from now on every new one, because this instance is about to stop.
   * The closes are spread over a window, so that the clients do not all reconnect to other
   * instances at once.
   *
   * @return the connections that are still open; a live view
   */
  public Collection<Connection> drain(Duration window) {
    Drain begun = new Drain(System.nanoTime() + window.toNanos());
    drain = begun;
    connections.values().forEach(connection -> sendAway(connection, begun));
    return all();
  }

  private void sendAway(Connection connection, Drain begun) {
    if (!connection.liveness().beginLeaving()) {
      return;
    }
    long left = TimeUnit.NANOSECONDS.toMillis(begun.end() - System.nanoTime());
    long delay = left <= 0 ? 0 : ThreadLocalRandom.current().nextLong(left + 1);
    // The welcome is the first frame; a client without it learns of the drain from the close code.
    if (delay > 0 && connection.isWelcomed()) {
      connection.push(new SessionEvent.Draining(delay));
    }
    timer.after(Duration.ofMillis(delay), () -> connection.close(CloseCode.DRAINING));
  }

  /** Returns whether new connections should use another instance. */
  public boolean isDraining() {
    return drain != null;
  }
}
