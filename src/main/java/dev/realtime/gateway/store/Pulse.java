package dev.realtime.gateway.store;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Asks PostgreSQL whether it is there, over a connection of its own: what fills the pool says
 * nothing about the server. Called one at a time.
 */
final class Pulse {

  /** How long the answer may take on a connection that is open already. */
  private static final Duration ANSWER = Duration.ofSeconds(2);

  private final StoreConnector connector;
  private volatile @Nullable StoreConnection own;

  Pulse(StoreConnector connector) {
    this.connector = connector;
  }

  /**
   * Completes once the server has answered. If the open connection brings no answer, a new one is
   * tried before this fails: the connection may be all that was lost. A server that has no
   * connection to spare is there.
   */
  Mono<Void> beat() {
    return Mono.defer(
            () -> {
              StoreConnection open = own;
              return open == null || !open.isOpen() || open.isOld()
                  ? beatAnew()
                  : ask(open).onErrorResume(_ -> beatAnew());
            })
        .onErrorResume(Failures::isFull, _ -> Mono.empty());
  }

  private Mono<Void> beatAnew() {
    return close().then(connector.connect()).doOnNext(opened -> own = opened).flatMap(this::ask);
  }

  private Mono<Void> ask(StoreConnection connection) {
    return connection.isWriter(ANSWER).flatMap(writer -> writer ? Mono.empty() : standby());
  }

  private static Mono<Void> standby() {
    return Mono.error(() ->
        new StoreUnreachableException("The server is a standby, which cannot store anything"));
  }

  /** Closes the connection; the next beat opens another one. */
  Mono<Void> close() {
    return Mono.defer(() -> {
      StoreConnection open = own;
      own = null;
      return open == null ? Mono.empty() : open.close();
    });
  }
}
