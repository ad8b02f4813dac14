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
 * Delivers webhooks on every instance that has a {@code WEBHOOK_URL}: claims queues that are due
 * and sends the events of several queues in parallel. While the receiver is down it gets only a few
 * requests per second.
 */
@Component
final class WebhookDelivery implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(WebhookDelivery.class);

  /** Polling interval; the fallback for lost wake-up signals. */
  private static final Duration LOOK = Duration.ofMillis(500);

  /** Wake-up signals within this time start one poll. */
  private static final Duration TOGETHER = Duration.ofMillis(20);

  private static final Duration COUNT = Duration.ofSeconds(15);
  private static final int COUNTED = 100_000;

  /** After this many runs in a row without an answer the receiver counts as down. */
  private static final int DOWN = 16;

  /** A request is slow after this time, or after a quarter of a short {@code WEBHOOK_TIMEOUT}. */
  private static final Duration SLOW = Duration.ofSeconds(1);

  private final WebhookQueue queue;
  private final WebhookRun run;
  private final WebhookOutbox outbox;
  private final WebhookMeters meters;
  private final GatewayProperties.Webhook settings;
  private final Duration lease;
  private final Places places;
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
  private final Running watching;

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
    this.lease = WebhookRun.lease(settings.timeout());
    Duration quarter = settings.timeout().dividedBy(4);
    Duration slow = quarter.compareTo(SLOW) < 0 ? quarter : SLOW;
    this.places = new Places(settings.concurrency(), slow);
    this.watching =
        new Running(() ->
            // Running owns the subscription.
            Flux.interval(slow.dividedBy(2)).onBackpressureDrop().subscribe(_ -> look()));
  }

  /** A failure must not end the ticks, without which hanging requests keep their places. */
  private void look() {
    try {
      places.look();
    } catch (RuntimeException failure) {
      log.error("Could not look for webhooks that hang", failure);
    }
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
            .flatMap(this::serve, settings.concurrency())
            .doFinally(_ -> stopped.tryEmitEmpty())
            .subscribe();
    counting.start();
    watching.start();
  }

  /** A queue that was claimed, and the place that serves it. */
  private record Served(WebhookQueue.Claimed queue, Places.Place place) {}

  /** Claims as many queues as there are places, or one while the receiver is down. */
  private Flux<Served> claim(boolean look) {
    int vacant = places.vacant();
    if (vacant == 0 || (isDown() && !look)) {
      return Flux.empty();
    }
    int silent = places.vacantForSilent();
    Flux<WebhookQueue.Claimed> claimed =
        isDown()
            // A queue that has had no answer tells least about the receiver.
            ? queue.claim(1, 0, lease).switchIfEmpty(queue.claim(1, Math.min(1, silent), lease))
            : queue.claim(vacant, silent, lease);
    return claimed
        .map(each -> new Served(each, places.take(each.silent())))
        .onErrorResume(failure -> {
          log.warn("Could not poll for webhooks: {}", failure.toString());
          return Flux.empty();
        });
  }

  private Mono<WebhookRun.Outcome> serve(Served served) {
    return run.of(served.queue(), served.place(), () -> stopping).flatMap(this::ended);
  }

  private boolean isDown() {
    return failuresInRow.get() >= DOWN;
  }

  private Mono<WebhookRun.Outcome> ended(WebhookRun.Outcome outcome) {
    boolean wasDown = isDown();
    switch (outcome) {
      case PRESENT -> failuresInRow.set(0);
      case DOWN -> failuresInRow.incrementAndGet();
      case NOTHING -> {}
    }
    // A queue that this signal misses is found by the next poll.
    var _ = vacancies.tryEmitNext(true);
    return wasDown && outcome == WebhookRun.Outcome.PRESENT
        ? hurry().thenReturn(outcome)
        : Mono.just(outcome);
  }

  /** The receiver is back: queues that pause because it was down become due at once. */
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

  /** Finishes the requests in progress and releases their queues. */
  @Override
  public void stop(Runnable done) {
    stopping = true;
    counting.stop();
    watching.stop();
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
