package dev.realtime.gateway.store;

import dev.realtime.gateway.store.Database.Purpose;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.pool.InstrumentedPool;
import reactor.pool.PoolBuilder;
import reactor.pool.PooledRef;

/**
 * The pool of connections to PostgreSQL. A connection that comes back is checked first: with a
 * transaction open it would run the next caller's work in that transaction, and lose it with it.
 */
final class Connections implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Connections.class);

  /** How long a caller waits for a connection. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** How many callers may wait for a connection. */
  private static final int WAITING = 10_000;

  private static final Duration IDLE = Duration.ofMinutes(10);
  private static final Duration LOOK = Duration.ofSeconds(30);

  /** How long work in progress may take when the application stops. */
  private static final Duration END = Duration.ofSeconds(3);

  private static final Duration LOOK_AT_END = Duration.ofMillis(20);

  private static final String CAUGHT = "gateway.database.connections.caught";

  /** A connection in use; it goes back once. */
  static final class Taken {

    private final PooledRef<StoreConnection> ref;
    private final Purpose purpose;
    private final AtomicBoolean back = new AtomicBoolean();

    private Taken(PooledRef<StoreConnection> ref, Purpose purpose) {
      this.ref = ref;
      this.purpose = purpose;
    }

    StoreConnection connection() {
      return ref.poolable();
    }
  }

  private final InstrumentedPool<StoreConnection> pool;
  private final Shares shares;
  private final Breaker breaker;

  /** The limits of calls whose connection is being opened. */
  private final Set<Runnable> opening = ConcurrentHashMap.newKeySet();

  private final Counter openOnReturn;
  private final Counter idleInTransaction;

  Connections(StoreConnector connector, Breaker breaker, int most, MeterRegistry meters) {
    this.breaker = breaker;
    shares = new Shares(most);
    pool =
        PoolBuilder.from(connector.connect().doOnError(_ -> breaker.suspect()))
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
    gauge(meters, "awaited", metrics -> metrics.pendingAcquireSize() + shares.waiting());
    openOnReturn = caught(meters, "open_on_return");
    idleInTransaction = caught(meters, "idle_in_transaction");
    // Lives as long as the breaker, which is a part of the same database.
    breaker.states().filter(open -> open).subscribe(_ -> refuseAll());
  }

  /** Ends all waits for a connection; one that opens all the same is kept for later. */
  private void refuseAll() {
    shares.refuseAll(() -> unreachable(new TimeoutException("PostgreSQL is down")));
    opening.forEach(Runnable::run);
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

  /**
   * Takes a connection, which the caller gives back; cancelling the result would lose it. Fails at
   * once while PostgreSQL is down.
   */
  Mono<Taken> take(Purpose purpose) {
    return breaker
        .admit()
        .then(shares.take(purpose))
        .flatMap(this::acquire)
        .onErrorMap(this::unreachable);
  }

  private Mono<Taken> acquire(Purpose purpose) {
    Mono<Taken> acquired =
        pool.acquire().map(ref -> new Taken(ref, purpose)).doOnError(_ -> shares.giveBack(purpose));
    // The pool's own timeout may drop a connection that it hands over at that very moment.
    return Uncancelled.within(PATIENCE, acquired, () -> {}, this::giveBack, opening);
  }

  private Throwable unreachable(Throwable why) {
    return why instanceof StoreUnreachableException known && known.retryAfter() != null
        ? known
        : new StoreUnreachableException("No connection to PostgreSQL", why, breaker.retryAfter());
  }

  /**
   * Takes a connection back on which nothing is in progress. Returns at once; a second call does
   * nothing.
   */
  void giveBack(Taken taken) {
    if (!taken.back.compareAndSet(false, true)) {
      return;
    }
    StoreConnection connection = taken.connection();
    if (!connection.isOpen()) {
      breaker.suspect();
    }
    Mono<Void> back =
        connection.isOpen()
            ? connection
                .isInTransaction()
                .flatMap(open -> open ? discard(taken) : taken.ref.release())
            : taken.ref.invalidate();
    // The pool owns the subscription; the check has a timeout.
    back.onErrorResume(_ -> taken.ref.invalidate())
        .doFinally(_ -> shares.giveBack(taken.purpose))
        .subscribe(
            null, failure -> log.warn("Could not close a connection: {}", failure.toString()));
  }

  private Mono<Void> discard(Taken taken) {
    openOnReturn.increment();
    log.error(
        "Connection {} was returned with an open transaction; closing it, which rolls the"
            + " transaction back. This is a fault of the gateway, please report it",
        taken.connection());
    taken.connection().end();
    return taken.ref.invalidate();
  }

  /** Reports that the server has ended a transaction that was idle for seconds. */
  void endedIdle(StoreConnection connection) {
    idleInTransaction.increment();
    log.error(
        "The transaction of connection {} waited for something that is not the database, and the"
            + " server has ended it; tell the developers",
        connection);
    connection.end();
  }

  /** Ends all connections; work in progress has a few seconds. */
  @Override
  public void close() {
    // The thread that stops the application may block.
    Mono.fromSupplier(() -> pool.metrics().acquiredSize())
        .repeatWhen(looks -> looks.delayElements(LOOK_AT_END))
        .takeUntil(used -> used == 0)
        .take(END)
        .then(pool.disposeLater())
        .onErrorComplete()
        .block(END.multipliedBy(2));
  }
}
