package dev.realtime.gateway.ops;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.live.Streams;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.Ids;
import dev.realtime.gateway.protocol.StreamPlan;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Connects to its own instance before it reports ready, so that the first clients do not meet cold
 * code: upgrade, token, welcome, the join of a stream, a message through the bus, and the close.
 * The stream exists only during the warm-up.
 */
@Component
final class WarmUp implements ApplicationRunner {

  private static final Logger log = LoggerFactory.getLogger(WarmUp.class);

  private static final int SIDE_BY_SIDE = 16;

  /** Number of users, large enough to stay below the limit of connections per user. */
  private static final int USERS = 64;

  /** One of this many connections also sends a message to the others. */
  private static final int SPEAKERS = 4;

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Duration time;
  private final Streams streams;
  private final WarmUpLeftovers leftovers;
  private final WarmUpTokens tokens;
  private final WarmUpClient client;

  WarmUp(
      GatewayProperties properties,
      Streams streams,
      WarmUpLeftovers leftovers,
      WarmUpTokens tokens,
      WarmUpClient client) {
    this.time = properties.warmUp();
    this.streams = streams;
    this.leftovers = leftovers;
    this.tokens = tokens;
    this.client = client;
  }

  @Override
  public void run(ApplicationArguments arguments) throws InterruptedException {
    if (time.isZero()) {
      return;
    }
    String streamId = Identifiers.next().toString();
    await(streams.create(new StreamPlan(streamId, name(0), "Warm-up", null, false, List.of())));
    Visits visits = new Visits(streamId, System.nanoTime() + time.toNanos());
    IntStream.range(0, SIDE_BY_SIDE).forEach(_ -> visits.next());
    boolean allEnded = visits.open.await(time.plus(PATIENCE).toMillis(), TimeUnit.MILLISECONDS);
    await(streams.delete(streamId));
    leftovers.sweeper().wake();
    log.info(
        "Warmed up with {} connections to itself{}",
        visits.answered,
        allEnded ? "" : "; some did not end");
  }

  /** Waits for a step. A failure makes the warm-up less useful, but does not prevent the start. */
  private static void await(Mono<?> step) {
    step.timeout(PATIENCE)
        .onErrorResume(failure -> {
          log.warn("The warm-up could not use its stream: {}", failure.toString());
          return Mono.empty();
        })
        // Blocks the main thread, which may wait until the application is ready.
        .block();
  }

  /** Opens one connection after the other, in several parallel rows, until the time is over. */
  private final class Visits {
    private final List<String> signed =
        IntStream.range(0, USERS).mapToObj(user -> tokens.sign(name(user))).toList();
    private final byte[] listening;
    private final byte[] speaking;
    private final long end;
    private final AtomicInteger begun = new AtomicInteger();
    final AtomicInteger answered = new AtomicInteger();
    final CountDownLatch open = new CountDownLatch(SIDE_BY_SIDE);

    Visits(String streamId, long end) {
      String join = "{\"event\":\"live:join\",\"id\":\"%s\",\"data\":\"" + streamId + "\"}";
      String message =
          "{\"event\":\"live:message\",\"id\":\"last\",\"data\":{\"streamId\":\""
              + streamId
              + "\",\"content\":\"warm\"}}";
      this.listening = WarmUpVisit.frames(join.formatted("last"));
      this.speaking = WarmUpVisit.frames(join.formatted("first"), message);
      this.end = end;
    }

    void next() {
      if (System.nanoTime() >= end) {
        open.countDown();
        return;
      }
      int number = begun.getAndIncrement();
      byte[] commands = number % SPEAKERS == 0 ? speaking : listening;
      client
          .visit(new WarmUpVisit(signed.get(number % USERS), commands, answered::incrementAndGet))
          .addListener(_ -> next());
    }
  }

  private static String name(int user) {
    return Ids.WARM_UP + user;
  }
}
