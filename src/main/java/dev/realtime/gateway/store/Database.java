package dev.realtime.gateway.store;

import io.micrometer.core.instrument.MeterRegistry;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.time.Duration;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;
import reactor.pool.PooledRef;

/**
 * The one way to PostgreSQL. What has begun here runs to its end: who asked may stop listening, and
 * the statement, or the whole transaction with its commit, goes on without him. Work that must end
 * early, because nobody answers, closes its connection instead of returning it.
 *
 * <p>Everything ends: one waits 5 seconds for a connection, 10 for the answer to a statement, and
 * 20 for a transaction; then the call fails with a {@code TimeoutException}, which says that it may
 * have been done all the same ({@link Failures}).
 */
public final class Database implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Database.class);

  /** After which the server ends a transaction in which nothing is asked. */
  private static final Duration IDLE_IN_TRANSACTION = Duration.ofSeconds(5);

  private static final Duration TRANSACTION = Duration.ofSeconds(20);

  private final Connections connections;
  private final Duration idleInTransaction;

  /**
   * Connects when the first question is asked.
   *
   * @param most connections at most
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
    connections = new Connections(new StoreConnector(options, loops), most, meters);
    this.idleInTransaction = idleInTransaction;
  }

  /**
   * A statement, to be bound and asked. In the work of {@link #inTransaction} it is part of that
   * transaction, else it is one of its own.
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
        "delete from %s where ctid = any (array(select ctid from %s where %s limit :most for update skip locked))"
            .formatted(table, table, condition));
  }

  /**
   * Has work done in one transaction, which is committed when the work completes and rolled back
   * when it fails. Inside of another transaction the work is a part of that.
   *
   * @return what the work gives, after the commit
   */
  public <T> Mono<T> inTransaction(Mono<T> work) {
    return Mono.deferContextual(
        context -> context.hasKey(Transaction.KEY) ? work : Uncancelled.of(onConnection(work)));
  }

  private <T> Mono<T> onConnection(Mono<T> work) {
    return connections
        .take()
        .flatMap(taken -> {
          StoreConnection connection = taken.poolable();
          Mono<T> all =
              new Transaction(connection, connections, idleInTransaction)
                  .around(work)
                  .doOnTerminate(() -> connections.giveBack(taken));
          return Uncancelled.within(TRANSACTION, all, () -> end(taken));
        });
  }

  private void end(PooledRef<StoreConnection> taken) {
    taken.poolable().end();
    connections.giveBack(taken);
  }

  /**
   * Has something done after the commit of the transaction this is part of, whoever waits for that;
   * at once where there is no transaction.
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

  /** Asks on the connection of the transaction under way, or on one of its own. */
  <T> Mono<T> ask(String sql, Function<StoreConnection, Mono<T>> question) {
    Mono<T> answer =
        Mono.deferContextual(context ->
            context.hasKey(Transaction.KEY)
                ? askIn(context.get(Transaction.KEY), question)
                : Uncancelled.of(askAlone(question)));
    return answer.doOnError(
        Failures::isTooSlow, _ -> log.error("The server has ended a slow statement: {}", sql));
  }

  private static <T> Mono<T> askIn(
      Transaction transaction, Function<StoreConnection, Mono<T>> question) {
    StoreConnection connection = transaction.connection();
    return connection.ask(question.apply(connection)).doOnTerminate(transaction::answered);
  }

  private <T> Mono<T> askAlone(Function<StoreConnection, Mono<T>> question) {
    return connections
        .take()
        .flatMap(taken -> {
          StoreConnection connection = taken.poolable();
          return connection
              .ask(question.apply(connection))
              .doOnTerminate(() -> connections.giveBack(taken));
        });
  }

  @Override
  public void close() {
    connections.close();
  }
}
