package dev.realtime.gateway.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** One transaction on one connection, from BEGIN to what follows its commit. */
final class Transaction {

  private static final Logger log = LoggerFactory.getLogger(Transaction.class);

  /** Under which the work finds it in its context. */
  static final Class<Transaction> KEY = Transaction.class;

  private final StoreConnection connection;
  private final Connections connections;
  private final Duration idleLimit;
  private final List<Runnable> effects = new ArrayList<>();
  private volatile long lastAsked = System.nanoTime();
  private volatile boolean ended;

  /**
   * @param idleLimit after which the server ends a transaction in which nothing is asked
   */
  Transaction(StoreConnection connection, Connections connections, Duration idleLimit) {
    this.connection = connection;
    this.connections = connections;
    this.idleLimit = idleLimit;
  }

  /** The work and its commit; or, where the work fails, the way back. */
  <T> Mono<T> around(Mono<T> work) {
    return connection
        .command(connection.driver().beginTransaction())
        .then(work.contextWrite(context -> context.put(KEY, this)))
        .map(Optional::of)
        .defaultIfEmpty(Optional.empty())
        .flatMap(result -> commit().thenReturn(result))
        .onErrorResume(failure -> rollBack().then(Mono.error(failure)))
        .flatMap(Mono::justOrEmpty);
  }

  private Mono<Void> commit() {
    return Mono.defer(() -> {
      checkIdle();
      ended = true;
      return connection
          .command(connection.driver().commitTransaction())
          .then(Mono.fromRunnable(this::runEffects));
    });
  }

  private void runEffects() {
    for (Runnable effect : effects) {
      try {
        effect.run();
      } catch (RuntimeException failure) {
        // What is committed stays committed, and the other effects have no part in it.
        log.error("What follows a commit failed", failure);
      }
    }
  }

  /** A connection on which even this fails is closed: that rolls back as well. */
  private Mono<Void> rollBack() {
    ended = true;
    if (!connection.isOpen()) {
      return Mono.empty();
    }
    return connection
        .command(connection.driver().rollbackTransaction())
        .onErrorResume(_ -> Mono.fromRunnable(connection::end));
  }

  /** The connection, for one more question of the work. */
  StoreConnection connection() {
    if (ended) {
      throw new IllegalStateException("The transaction has ended");
    }
    checkIdle();
    return connection;
  }

  private void checkIdle() {
    long idle = System.nanoTime() - lastAsked;
    if (!connection.isOpen() && idle >= idleLimit.toNanos()) {
      connections.endedIdle(connection);
    }
    lastAsked = System.nanoTime();
  }

  /** A question has been answered. */
  void answered() {
    lastAsked = System.nanoTime();
  }

  /** Has something done once the transaction is committed, and never where it is not. */
  void afterCommit(Runnable effect) {
    effects.add(effect);
  }
}
