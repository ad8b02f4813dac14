package dev.realtime.gateway.session.outage;

import dev.realtime.gateway.room.RoomRegistry;
import dev.realtime.gateway.session.ConnectionRegistry;
import dev.realtime.gateway.store.Breaker;
import dev.realtime.gateway.work.Running;
import dev.realtime.gateway.work.RunningPart;
import dev.realtime.gateway.work.ShutdownOrder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.scheduler.Schedulers;

/** Follows the store's breaker, for the connections and for the rooms that wait for the store. */
@Component
final class StoreWatch implements RunningPart {

  private static final Logger log = LoggerFactory.getLogger(StoreWatch.class);

  private final Breaker breaker;
  private final ConnectionRegistry connections;
  private final RoomRegistry rooms;
  private final StoreNotices notices;
  private final Running running = new Running(this::follow);

  StoreWatch(
      Breaker breaker, ConnectionRegistry connections, RoomRegistry rooms, StoreNotices notices) {
    this.breaker = breaker;
    this.connections = connections;
    this.rooms = rooms;
    this.notices = notices;
  }

  private Disposable follow() {
    // The caller owns the subscription. All connections are told in one go, which no event loop
    // should wait for.
    return breaker.states().publishOn(Schedulers.boundedElastic()).subscribe(this::changed);
  }

  /** A failure must not end the subscription, which would hide the next outage. */
  private void changed(boolean open) {
    try {
      if (open) {
        connections.all().forEach(notices::settle);
      } else {
        rooms.openLate();
        notices.settleAllSoon();
      }
    } catch (RuntimeException failure) {
      log.error("Could not tell the connections about the state of PostgreSQL", failure);
    }
  }

  @Override
  public Running running() {
    return running;
  }

  /** Connections are told as long as they are open. */
  @Override
  public ShutdownOrder order() {
    return ShutdownOrder.VIEWERS;
  }
}
