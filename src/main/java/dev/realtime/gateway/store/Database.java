package dev.realtime.gateway.store;

import dev.realtime.gateway.store.Connections.Taken;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.time.Duration;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;
import reactor.util.context.ContextView;

/**
 * The one way to PostgreSQL. A statement that has begun runs to its end, and so does a transaction
 * with its commit, even if the caller cancels. Work that must end early, because the server does
 * not answer, closes its connection instead of returning it.
 *
 * <p>While PostgreSQL is down ({@link Breaker}) every call fails at once. Every wait has a limit: 5
 * seconds for a connection, 10 for the answer to a statement, 20 for a transaction. Then the call
 * fails with a {@code TimeoutException}, which says that the work may have been done all the same
 * ({@link Failures}).
 */
public final class Database implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Database.class);

  /**
   * What a connection is used for. Each purpose has a share of the pool, so that none can keep the
   * others waiting. A statement that reads rows is one of {@link #READS}, everything else one of
   * {@link #CHANGES}, unless the work is put under another purpose.
   */
  public enum Purpose {

    /** One call for many callers, as the writing of messages. */
    GROUPS(5, 1, Duration.ofSeconds(5)),

    /** What a command answers with; its caller does not wait for long. */
    READS(5, 1, Duration.ofSeconds(5)),

    /** What follows an answer. A storm of replays waits rather than fails. */
    REPLAYS(10, 1, Duration.ofSeconds(15)),

    /** Transactions and single writes, which may wait for locks: two fifths of the pool at most. */
    CHANGES(5, 0.4, Duration.ofSeconds(5)),

    /** What keeps open rooms in step with their log. */
    SAFETY_NET(10, 1, Duration.ofSeconds(20)),

    /** Sweeps and imports, for which nobody waits: two fifths of the pool at most. */
    BACKGROUND(0, 0.4, Duration.ofSeconds(20));

    private final int part;
    private final double most;
    private final Duration patience;

    /**
     * @param part which part of the pool is kept for it: 5 for a fifth, 0 for none
     * @param most which part of the pool it may use at most
     * @param patience how long a call waits for its turn
     */
    Purpose(int part, double most, Duration patience) {
      this.part = part;
      this.most = most;
      this.patience = patience;
    }

    /** Puts work under this purpose, unless it is a part of other work that has its purpose. */
    public <T> Mono<T> of(Mono<T> work) {
      return work.contextWrite(
          context -> context.hasKey(Purpose.class) ? context : context.put(Purpose.class, this));
    }

    /** Puts work under this purpose, unless it is a part of other work that has its purpose. */
    public <T> Flux<T> of(Flux<T> work) {
      return work.contextWrite(
          context -> context.hasKey(Purpose.class) ? context : context.put(Purpose.class, this));
    }

    private static Purpose in(ContextView context, Purpose otherwise) {
      return context.hasKey(Purpose.class) ? context.get(Purpose.class) : otherwise;
    }

    /** How many connections of a pool are kept for this purpose. */
    int right(int size) {
      return part == 0 || size < SMALLEST_SHARED ? 0 : Math.max(1, size / part);
    }

    /** How many connections of a pool this purpose may use at a time. */
    int most(int size) {
      return Math.max(1, (int) (size * most));
    }

    Duration patience() {
      return patience;
    }
  }

  /** A smaller pool cannot be shared out. */
  private static final int SMALLEST_SHARED = 6;

  /** The time after which the server ends an idle transaction. */
  private static final Duration IDLE_IN_TRANSACTION = Duration.ofSeconds(5);

  private static final Duration TRANSACTION = Duration.ofSeconds(20);
  private static final Duration END = Duration.ofSeconds(5);

  private final Pulse pulse;
  private final Breaker breaker;
  private final Connections connections;
  private final Duration idleInTransaction;

  /**
   * Creates a database that connects when the first statement runs.
   *
   * @param most the most connections of the pool
   */
  public Database(
      ConnectionFactoryOptions options, LoopResources loops, int most, MeterRegistry meters) {
    this(options, loops, most, meters, IDLE_IN_TRANSACTION);
  }

  Database(
      ConnectionFactoryOptions options,
      LoopResources loops,
      int most,
      MeterRegistry meters,
      Duration idleInTransaction) {
    StoreConnector connector = new StoreConnector(options, loops);
    pulse = new Pulse(connector);
    breaker = new Breaker(pulse.beat(), Schedulers.parallel());
    connections = new Connections(connector, breaker, most, meters);
    Gauge.builder("gateway.database.breaker", breaker, state -> state.isOpen() ? 1 : 0)
        .description("1 while PostgreSQL is down for this instance")
        .register(meters);
    FunctionCounter.builder("gateway.database.refused", breaker, Breaker::refused)
        .description("Calls that were refused at once because PostgreSQL was down")
        .register(meters);
    this.idleInTransaction = idleInTransaction;
  }

  /**
   * A statement, to be bound and run. In the work of {@link #inTransaction} it is part of that
   * transaction, else it is a transaction of its own.
   *
   * @param sql a constant, with {@code :name} for each parameter
   */
  public Query sql(String sql) {
    return new Query(this, sql);
  }

  /**
   * A statement that deletes at most {@code :most} of the rows that fulfil a condition. It leaves
   * rows that somebody holds to the next time: waiting for them could end in a ring.
   *
   * @param condition may end in an order, and may have parameters of its own
   */
  public Query deleteSome(String table, String condition) {
    return sql(
        """
        delete from %s where ctid = any (array(
          select ctid from %s where %s limit :most for update skip locked))
        """
            .formatted(table, table, condition));
  }

  /**
   * Runs work in one transaction, which commits when the work completes and rolls back when it
   * fails. Inside another transaction the work is a part of that one.
   *
   * @return the result of the work, after the commit
   */
  public <T> Mono<T> inTransaction(Mono<T> work) {
    return Mono.deferContextual(context ->
        context.hasKey(Transaction.KEY)
            ? work
            : Uncancelled.of(onConnection(Purpose.in(context, Purpose.CHANGES), work)));
  }

  private <T> Mono<T> onConnection(Purpose purpose, Mono<T> work) {
    return connections
        .take(purpose)
        .flatMap(taken -> {
          StoreConnection connection = taken.connection();
          Mono<T> all =
              new Transaction(connection, connections, idleInTransaction)
                  .around(work)
                  .doOnTerminate(() -> connections.giveBack(taken));
          return Uncancelled.within(TRANSACTION, all, () -> end(taken));
        });
  }

  private void end(Taken taken) {
    taken.connection().end();
    connections.giveBack(taken);
  }

  /**
   * Runs an effect after the commit of the transaction that this is a part of, even if the caller
   * cancels; at once where there is no transaction.
   *
   * @param effect must not wait
   */
  public Mono<Void> afterCommit(Runnable effect) {
    return Mono.deferContextual(context -> {
      if (context.hasKey(Transaction.KEY)) {
        context.get(Transaction.KEY).afterCommit(effect);
      } else {
        effect.run();
      }
      return Mono.empty();
    });
  }

  /**
   * Runs a statement on the connection of the transaction, or on one of its own.
   *
   * @param purpose unless the work it is a part of has another one
   */
  <T> Mono<T> ask(Purpose purpose, String sql, Function<StoreConnection, Mono<T>> question) {
    Mono<T> answer =
        Mono.deferContextual(context ->
            context.hasKey(Transaction.KEY)
                ? askIn(context.get(Transaction.KEY), question)
                : Uncancelled.of(askAlone(Purpose.in(context, purpose), question)));
    return answer.doOnError(
        Failures::isTooSlow,
        _ -> log.error("The server has ended a statement that was too slow: {}", sql));
  }

  private static <T> Mono<T> askIn(
      Transaction transaction, Function<StoreConnection, Mono<T>> question) {
    StoreConnection connection = transaction.connection();
    return connection.ask(question.apply(connection)).doOnTerminate(transaction::answered);
  }

  private <T> Mono<T> askAlone(Purpose purpose, Function<StoreConnection, Mono<T>> question) {
    return connections
        .take(purpose)
        .flatMap(taken -> {
          StoreConnection connection = taken.connection();
          return connection
              .ask(question.apply(connection))
              .doOnTerminate(() -> connections.giveBack(taken));
        });
  }

  /** Returns what knows whether PostgreSQL is down. */
  public Breaker breaker() {
    return breaker;
  }

  @Override
  public void close() {
    breaker.close();
    // The thread that stops the application may block; the other connections end whatever happens.
    pulse.close().timeout(END).onErrorComplete().block(END.multipliedBy(2));
    connections.close();
  }
}
