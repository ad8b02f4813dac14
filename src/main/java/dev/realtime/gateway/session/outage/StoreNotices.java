package dev.realtime.gateway.session.outage;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.SessionEvent.State;
import dev.realtime.gateway.protocol.SessionEvent.StateChanged;
import dev.realtime.gateway.room.Place;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.session.ConnectionListener;
import dev.realtime.gateway.store.Breaker;
import dev.realtime.gateway.work.ConnectionTimer;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Tells each connection by {@code session:state} whether what lasts can be read and stored: neither
 * while PostgreSQL is down, nor before the rev of the user's own room is known. Each change is told
 * once, and nothing before the first trouble.
 */
@Component
final class StoreNotices implements ConnectionListener {

  /** All clients resume their notifications when they hear that the trouble is over. */
  private static final long MILLIS_PER_CONNECTION = 1;

  private static final Duration LONGEST_SPREAD = Duration.ofSeconds(30);

  private final Breaker breaker;
  private final ConnectionTimer timer;

  /** The connections that were told of trouble and not of its end. */
  private final Map<Connection, State> troubled = new ConcurrentHashMap<>();

  /** The connections whose own room has opened without its rev. */
  private final Set<Connection> waiting = ConcurrentHashMap.newKeySet();

  StoreNotices(Breaker breaker, ConnectionTimer timer) {
    this.breaker = breaker;
    this.timer = timer;
  }

  @Override
  public void opened(Connection connection) {
    if (waits(connection)) {
      waiting.add(connection);
      // It may have gone live in between, and wentLive found nothing to remove.
      if (!waits(connection)) {
        waiting.remove(connection);
      }
    }
    settle(connection);
  }

  private static boolean waits(Connection connection) {
    Place own = connection.rooms().place(RoomId.user(connection.userId()));
    return own != null && !own.isLive();
  }

  @Override
  public void wentLive(Connection connection) {
    if (waiting.remove(connection)) {
      settleSoon(connection);
    }
  }

  @Override
  public void closed(Connection connection) {
    waiting.remove(connection);
    troubled.remove(connection);
  }

  /** Tells a welcomed connection the present state, unless it knows. */
  void settle(Connection connection) {
    State told = troubled.compute(connection, (_, known) -> settle(connection, known));
    // The trouble may have ended after it was seen, and before the connection was among the told.
    if (told != null && !isInTrouble(connection)) {
      settleSoon(connection);
    }
  }

  private boolean isInTrouble(Connection connection) {
    return breaker.isOpen() || waiting.contains(connection);
  }

  private @Nullable State settle(Connection connection, @Nullable State told) {
    if (connection.isClosing() || !connection.isWelcomed()) {
      return null;
    }
    State now = isInTrouble(connection) ? State.DEGRADED : State.OK;
    if (now != (told == null ? State.OK : told)) {
      connection.push(new StateChanged(now));
    }
    return now == State.OK ? null : now;
  }

  /** Tells everyone who was told of trouble that it is over, each at a moment of its own. */
  void settleAllSoon() {
    troubled.keySet().forEach(this::settleSoon);
  }

  private void settleSoon(Connection connection) {
    long spread = Math.min(LONGEST_SPREAD.toMillis(), troubled.size() * MILLIS_PER_CONNECTION);
    Duration delay = Duration.ofMillis(ThreadLocalRandom.current().nextLong(spread + 1));
    timer.after(delay, () -> settle(connection));
  }
}
