package dev.realtime.gateway.webhook;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.work.Running;
import dev.realtime.gateway.work.ShutdownOrder;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.publisher.BufferOverflowStrategy;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Delivers webhooks on every instance that has a {@code WEBHOOK_URL}: claims subjects that are due
 * and sends the events of several subjects in parallel. While the receiver is down it gets only a
 * few requests per second.
 */
@Component
final class WebhookDelivery implements SmartLifecycle {

  /** Subjects served at the same time. */
  static final int SUBJECTS = 16;

  private static final Logger log = LoggerFactory.getLogger(WebhookDelivery.class);

  /** Polling interval; the fallback for lost wake-up signals. */
  private static final Duration LOOK = Duration.ofMillis(500);

  /** Wake-up signals within this time start one poll. */
  private static final Duration TOGETHER = Duration.ofMillis(20);

  private static final Duration COUNT = Duration.ofSeconds(15);
  private static final int COUNTED = 100_000;

  /** After this many runs in a row without an answer the receiver counts as down. */
  private static final int AWAY = SUBJECTS;

  private final WebhookQueue queue;
  private final WebhookRun run;
  private final WebhookOutbox outbox;
  private final WebhookMeters meters;
  private final GatewayProperties.Webhook settings;
  private final Duration lease;
  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicInteger failuresInRow = new AtomicInteger();
  private final Sinks.Many<Boolean> vacancies = Sinks.many().multicast().directBestEffort();
  private final Sinks.Empty<Void> stopped = Sinks.empty();
  private volatile boolean stopping;
  private volatile @Nullable Disposable delivering;
  private final Running counting =
      new Running(() ->
          Flux.interval(Duration.ZERO, COUNT)
              .onBackpressureDrop()
              .concatMap(_ -> count())
              .subscribe());

  WebhookDelivery(
      WebhookQueue queue,
      WebhookRun run,
      WebhookOutbox outbox,
      WebhookMeters meters,
      GatewayProperties properties) {
    this.queue = queue;
    this.run = run;
    this.outbox = outbox;
    this.meters = meters;
    this.settings = properties.webhook();
    // The lease covers one attempt, and one more before it must be extended.
    this.lease = settings.timeout().multipliedBy(2).plusSeconds(10);
  }

  @Override
  public void start() {
    if (!settings.isConfigured()) {
      return;
    }
    Flux<Boolean> looks = Flux.interval(LOOK).map(_ -> true);
    Flux<Boolean> signals =
        Flux.merge(outbox.written(), vacancies.asFlux()).map(_ -> false).sample(TOGETHER);
    // This bean owns the subscription and ends it in stop().
    delivering =
        Flux.merge(looks, signals)
            .onBackpressureBuffer(1, BufferOverflowStrategy.DROP_OLDEST)
            .takeWhile(_ -> !stopping)
            .concatMap(this::claim, 1)
            .flatMap(claimed -> run.of(claimed, () -> stopping).flatMap(this::ended), SUBJECTS)
            .doFinally(_ -> stopped.tryEmitEmpty())
            .subscribe();
    counting.start();
  }

  /**
   * Returns how many subjects to claim: as many as can be served at once, or one while the receiver
   * is down.
   */
  private Flux<WebhookQueue.Claimed> claim(boolean look) {
    boolean away = failuresInRow.get() >= AWAY;
    int vacant = SUBJECTS - underWay.get();
    if (vacant <= 0 || (away && !look)) {
      return Flux.empty();
    }
    return queue
        .claim(away ? 1 : vacant, lease)
        .doOnNext(_ -> underWay.incrementAndGet())
        .onErrorResume(failure -> {
          log.warn("Could not poll for webhooks: {}", failure.toString());
          return Flux.empty();
        });
  }

  private Mono<WebhookRun.Outcome> ended(WebhookRun.Outcome outcome) {
    underWay.decrementAndGet();
    boolean wasAway = failuresInRow.get() >= AWAY;
    switch (outcome) {
      case ACCEPTED, REFUSED -> failuresInRow.set(0);
      case AWAY -> failuresInRow.incrementAndGet();
    }
    // A subject that this signal misses is found by the next poll.
    var _ = vacancies.tryEmitNext(true);
    return wasAway && outcome != WebhookRun.Outcome.AWAY
        ? hurry().thenReturn(outcome)
        : Mono.just(outcome);
  }

  /** The receiver is back: subjects that pause after a failure become due at once. */
  private Mono<Void> hurry() {
    return queue
        .hurry()
        .onErrorResume(failure -> {
          log.warn("Could not end the pauses of webhooks: {}", failure.toString());
          return Mono.empty();
        });
  }

  private Mono<Long> count() {
    return queue.pending(COUNTED).doOnNext(meters::pending).onErrorComplete();
  }

  /** Finishes the attempts in progress and releases their subjects. */
  @Override
  public void stop(Runnable done) {
    stopping = true;
    counting.stop();
    Disposable current = delivering;
    if (current == null) {
      done.run();
      return;
    }
    // The shutdown owns this wait, which ends with the last attempt; the lease ends what still
    // hangs.
    stopped
        .asMono()
        .timeout(settings.timeout().plusSeconds(1))
        .onErrorComplete()
        .doFinally(_ -> {
          current.dispose();
          delivering = null;
          done.run();
        })
        .subscribe();
  }

  @Override
  public void stop() {
    stop(() -> {});
  }

  @Override
  public int getPhase() {
    return ShutdownOrder.DRAIN.phase();
  }

  @Override
  public boolean isRunning() {
    return delivering != null;
  }
}
