package dev.realtime.gateway.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** A transaction on one connection, from BEGIN to the effects that follow its commit. */
final class Transaction {

  private static final Logger log = LoggerFactory.getLogger(Transaction.class);

  /** The key under which the work finds the transaction in its context. */
  static final Class<Transaction> KEY = Transaction.class;

  private final StoreConnection connection;
  private final Connections connections;
  private final Duration idleLimit;
  private final List<Runnable> effects = new ArrayList<>();
  private volatile long lastAsked = System.nanoTime();
  private volatile boolean ended;

  /**
   * @param idleLimit the time after which the server ends an idle transaction
   */
  Transaction(StoreConnection connection, Connections connections, Duration idleLimit) {
    this.connection = connection;
    this.connections = connections;
    this.idleLimit = idleLimit;
  }

  /** Runs the work and commits, or rolls back where the work fails. */
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
        // The commit stands, and the other effects are not to blame.
        log.error("An action after a commit failed", failure);
      }
    }
  }

  /** Rolls back; where even this fails the connection is closed, which rolls back as well. */
  private Mono<Void> rollBack() {
    ended = true;
    if (!connection.isOpen()) {
      return Mono.empty();
    }
    return connection
        .command(connection.driver().rollbackTransaction())
        .onErrorResume(_ -> Mono.fromRunnable(connection::end));
  }

  /** The connection, for the next statement of the work. */
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

  /** Notes that the server has answered a statement. */
  void answered() {
    lastAsked = System.nanoTime();
  }

  /** Runs an effect once the transaction is committed, and never if it is rolled back. */
  void afterCommit(Runnable effect) {
    effects.add(effect);
  }
}
