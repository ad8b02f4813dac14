package dev.realtime.gateway.session;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.room.DeliveryClass;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The connections of this instance, from open to gone, and the timers that end silent ones. */
@Component
public final class ConnectionRegistry {

  private final Map<String, Connection> connections = new ConcurrentHashMap<>();
  private final Map<String, List<Connection>> perUser = new ConcurrentHashMap<>();
  private final Map<DeliveryClass, Counter> dropped = new EnumMap<>(DeliveryClass.class);
  private final EnvelopeCodec codec;
  private final ConnectionTimer timer;
  private final List<ConnectionListener> listeners;
  private final GatewayProperties.Session times;
  private final GatewayProperties.Limits limits;
  private volatile boolean draining;

  ConnectionRegistry(
      EnvelopeCodec codec,
      ConnectionTimer timer,
      List<ConnectionListener> listeners,
      GatewayProperties properties,
      MeterRegistry meters) {
    this.codec = codec;
    this.timer = timer;
    this.listeners = List.copyOf(listeners);
    this.times = properties.session();
    this.limits = properties.limits();
    Gauge.builder("gateway.connections", connections, Map::size)
        .description("WebSocket connections of this instance")
        .register(meters);
    for (DeliveryClass delivery : DeliveryClass.values()) {
      dropped.put(delivery, droppedCounter(meters, delivery));
    }
  }

  /**
   * Registers a connection that has just been upgraded.
   *
   * @param encoder the context of its WebSocket encoder
   * @param deviceId as the upgrade named it; null for none
   */
  public Connection open(
      Channel channel, ChannelHandlerContext encoder, @Nullable String deviceId) {
    String id = Identifiers.next().toString();
    Outbound outbound =
        new Outbound(encoder, limits.outboundFrames(), limits.outboundBytes(), this::dropped);
    Connection connection =
        new Connection(id, channel, outbound, codec, deviceId == null ? id : deviceId);
    connections.put(id, connection);
    channel.closeFuture().addListener(_ -> gone(connection));
    watchSilence(connection, times.heartbeat());
    connection.deadline(
        timer.after(times.authDeadline(), () -> endUnlessAuthenticated(connection)));
    return connection;
  }

  private void dropped(DeliveryClass delivery, int frames) {
    Objects.requireNonNull(dropped.get(delivery)).increment(frames);
  }

  private static Counter droppedCounter(MeterRegistry meters, DeliveryClass delivery) {
    return Counter.builder("gateway.frames.dropped")
        .description("Frames not sent because the client does not keep up")
        .tag("class", delivery.name().toLowerCase(Locale.ROOT))
        .register(meters);
  }

  private static void endUnlessAuthenticated(Connection connection) {
    if (!connection.isAuthenticated()) {
      connection.close(CloseCode.AUTH_TIMEOUT);
    }
  }

  /** Pings after silence, and ends what stays silent. */
  private void watchSilence(Connection connection, Duration delay) {
    connection.silenceCheck(timer.after(delay, () -> checkSilence(connection)));
  }

  private void checkSilence(Connection connection) {
    if (connection.isClosing()) {
      return;
    }
    long silence = connection.silenceNanos();
    Duration untilPing = times.heartbeat().minusNanos(silence);
    Duration untilEnd = untilPing.plus(times.heartbeatGrace());
    if (untilPing.isPositive()) {
      watchSilence(connection, untilPing);
    } else if (untilEnd.isPositive()) {
      connection.ping();
      watchSilence(connection, untilEnd);
    } else {
      connection.close(CloseCode.HEARTBEAT_MISSED);
    }
  }

  /**
   * Counts an authenticated connection for its user; false if the user has too many, or the
   * connection has gone meanwhile: nobody would count it off.
   */
  boolean admit(Connection connection) {
    List<Connection> admitted =
        perUser.compute(connection.userId(), (_, present) -> withRoomFor(connection, present));
    return admitted != null && admitted.contains(connection);
  }

  private @Nullable List<Connection> withRoomFor(
      Connection connection, @Nullable List<Connection> present) {
    List<Connection> own = present == null ? List.of() : present;
    if (own.size() < limits.connectionsPerUser() && connections.containsKey(connection.id())) {
      return Stream.concat(own.stream(), Stream.of(connection)).toList();
    }
    return present;
  }

  void opened(Connection connection) {
    listeners.forEach(listener -> listener.opened(connection));
  }

  /** A client has confirmed a frame; see {@link ConnectionListener#receipt}. */
  public void receipt(Connection connection, long rev) {
    listeners.forEach(listener -> listener.receipt(connection, rev));
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

  /** The user's authenticated connections to this instance; empty if there are none. */
  public List<Connection> of(String userId) {
    return perUser.getOrDefault(userId, List.of());
  }

  /** All connections of this instance; a live view. */
  public Collection<Connection> all() {
    return Collections.unmodifiableCollection(connections.values());
  }

  /** Refuses new connections from now on; this instance is about to stop. */
  public Collection<Connection> refuseMore() {
    draining = true;
    return all();
  }

  /** Whether new connections should go to another instance. */
  public boolean isDraining() {
    return draining;
  }
}
