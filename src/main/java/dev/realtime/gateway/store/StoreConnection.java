package dev.realtime.gateway.store;

import io.netty.channel.Channel;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ValidationDepth;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * One connection to PostgreSQL. Nothing that runs on it is ever cancelled: an answer comes, or a
 * timeout passes and closes the connection below the driver, at once, without waiting for the
 * server.
 */
final class StoreConnection {

  /**
   * How long an answer may take. The server ends statements before that ({@code
   * statement_timeout}), so this passes only where the server, or the way to it, has gone silent.
   */
  static final Duration ANSWER = Duration.ofSeconds(10);

  private static final Duration ANSWER_TO_CHECK = Duration.ofSeconds(2);

  /** After a failover or a change of DNS, connections to the old server are gone within this. */
  private static final Duration LIFE = Duration.ofMinutes(30);

  private final Connection driver;
  private final Channel channel;
  private final long oldAt;
  private volatile boolean ended;

  StoreConnection(Connection driver, Channel channel) {
    this.driver = driver;
    this.channel = channel;
    // Connections that were opened together should not all be replaced together.
    long life = ThreadLocalRandom.current().nextLong(LIFE.toNanos() / 2, LIFE.toNanos());
    this.oldAt = System.nanoTime() + life;
  }

  Connection driver() {
    return driver;
  }

  /** Asks; fails with a {@code TimeoutException} after {@link #ANSWER}, and ends the connection. */
  <T> Mono<T> ask(Mono<T> question) {
    return ask(question, ANSWER);
  }

  private <T> Mono<T> ask(Mono<T> question, Duration limit) {
    return Uncancelled.within(limit, question, this::end);
  }

  /** Runs a command that answers with nothing; fails and closes as {@link #ask} does. */
  Mono<Void> command(Publisher<Void> command) {
    return ask(Mono.from(command));
  }

  /**
   * Asks the server whether it holds a transaction of this connection open. The driver alone does
   * not know: what it remembers is the end of the last answer, and one may be on its way.
   */
  Mono<Boolean> isInTransaction() {
    return ask(Mono.from(driver.validate(ValidationDepth.REMOTE)), ANSWER_TO_CHECK)
        .doOnNext(answered -> {
          if (!answered) {
            end();
          }
        })
        .map(_ -> !driver.isAutoCommit());
  }

  /**
   * Asks the server whether it takes writes; false for a standby. Fails with a {@code
   * TimeoutException} after a limit, and ends the connection.
   */
  Mono<Boolean> isWriter(Duration limit) {
    Mono<Boolean> answer =
        Flux.from(driver.createStatement("select pg_is_in_recovery()").execute())
            .concatMap(result -> result.map(row -> !Boolean.TRUE.equals(row.get(0, Boolean.class))))
            .single();
    return ask(answer, limit);
  }

  /** Closes the channel, with whatever is under way in it. What was begun may still be done. */
  void end() {
    ended = true;
    var _ = channel.close();
  }

  boolean isOpen() {
    return !ended && channel.isActive();
  }

  /** Whether it has been there long enough. */
  boolean isOld() {
    return System.nanoTime() - oldAt > 0;
  }

  /** Says good-bye to the server, and closes the channel whether or not it answers. */
  Mono<Void> close() {
    return ended ? Mono.empty() : ask(Mono.from(driver.close()), ANSWER_TO_CHECK).onErrorComplete();
  }

  @Override
  public @Nullable String toString() {
    return channel.toString();
  }
}
