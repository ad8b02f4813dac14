package dev.realtime.gateway.store;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.pool.InstrumentedPool;
import reactor.pool.PoolBuilder;
import reactor.pool.PooledRef;

/**
 * The connections to PostgreSQL that wait to be used again. What comes back is looked at first: a
 * connection with a transaction open would have the work of the next one in it, and lose it with
 * that transaction.
 */
final class Connections implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Connections.class);

  /** How long one waits for a connection. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** How many may wait. */
  private static final int WAITING = 10_000;

  private static final Duration IDLE = Duration.ofMinutes(10);
  private static final Duration LOOK = Duration.ofSeconds(30);

  /** What is under way at the end of the process may take this long. */
  private static final Duration END = Duration.ofSeconds(3);

  private static final Duration LOOK_AT_END = Duration.ofMillis(20);

  private static final String CAUGHT = "gateway.database.connections.caught";

  private final InstrumentedPool<StoreConnection> pool;
  private final Counter openOnReturn;
  private final Counter idleInTransaction;

  Connections(StoreConnector connector, int most, MeterRegistry meters) {
    pool =
        PoolBuilder.from(connector.connect())
            .sizeBetween(0, most)
            .maxPendingAcquire(WAITING)
            .idleResourceReuseMruOrder()
            .evictionPredicate((connection, use) ->
                !connection.isOpen() || connection.isOld() || use.idleTime() > IDLE.toMillis())
            .evictInBackground(LOOK)
            .destroyHandler(StoreConnection::close)
            .buildPool();
    gauge(meters, "used", InstrumentedPool.PoolMetrics::acquiredSize);
    gauge(meters, "idle", InstrumentedPool.PoolMetrics::idleSize);
    gauge(meters, "awaited", InstrumentedPool.PoolMetrics::pendingAcquireSize);
    openOnReturn = caught(meters, "open_on_return");
    idleInTransaction = caught(meters, "idle_in_transaction");
  }

  private void gauge(
      MeterRegistry meters, String state, ToIntFunction<InstrumentedPool.PoolMetrics> size) {
    Gauge.builder("gateway.database.connections", pool.metrics(), size::applyAsInt)
        .description("Connections to PostgreSQL, and calls that wait for one")
        .tag("state", state)
        .register(meters);
  }

  private static Counter caught(MeterRegistry meters, String how) {
    return Counter.builder(CAUGHT)
        .description("Connections that were found in a transaction nobody ended; always a fault")
        .tag("how", how)
        .register(meters);
  }

  /** Takes one out; to be handed to {@link #giveBack}. Not to be cancelled. */
  Mono<PooledRef<StoreConnection>> take() {
    // The pool's own limit may drop what it hands over at that very moment.
    return Uncancelled.within(PATIENCE, pool.acquire(), () -> {}, this::giveBack)
        .onErrorMap(TimeoutException.class, StoreUnreachableException::new);
  }

  /**
   * Takes one back once nothing is under way in it. Returns at once; a second call does nothing.
   */
  void giveBack(PooledRef<StoreConnection> taken) {
    StoreConnection connection = taken.poolable();
    Mono<Void> back =
        connection.isOpen()
            ? connection.isInTransaction().flatMap(open -> open ? discard(taken) : taken.release())
            : taken.invalidate();
    // Owned by the pool; the look has a limit.
    back.onErrorResume(_ -> taken.invalidate())
        .subscribe(null, failure -> log.warn("A connection did not end: {}", failure.toString()));
  }

  private Mono<Void> discard(PooledRef<StoreConnection> taken) {
    openOnReturn.increment();
    log.error(
        "Connection {} came back with a transaction open: it is closed, and what that transaction"
            + " holds is rolled back. Work has been done past the store; tell the developers",
        taken.poolable());
    taken.poolable().end();
    return taken.invalidate();
  }

  /** The server has ended a transaction in which nothing was asked for seconds. */
  void endedIdle(StoreConnection connection) {
    idleInTransaction.increment();
    log.error(
        "The transaction of connection {} waited for something that is not the database, and the"
            + " server has ended it; tell the developers",
        connection);
    connection.end();
  }

  /** Ends all of them; what is under way has a few seconds. */
  @Override
  public void close() {
    // On the thread that ends the application: it may wait.
    Mono.fromSupplier(() -> pool.metrics().acquiredSize())
        .repeatWhen(looks -> looks.delayElements(LOOK_AT_END))
        .takeUntil(used -> used == 0)
        .take(END)
        .then(pool.disposeLater())
        .onErrorComplete()
        .block(END.multipliedBy(2));
  }
}
