package dev.realtime.gateway.webhook;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.store.Failures;
import dev.realtime.gateway.webhook.WebhookQueue.Claimed;
import dev.realtime.gateway.webhook.WebhookQueue.Pause;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Sends the first events of a queue, one request after the other, until the receiver does not
 * accept one. The run deletes accepted events at once, so that another instance repeats little if
 * this one dies.
 */
@Component
final class WebhookRun {

  private static final Logger log = LoggerFactory.getLogger(WebhookRun.class);

  /** After this many events, or one request if it has more, another queue gets its turn. */
  private static final int EVENTS = 20;

  /** The gateway does not give up an event for its age before this many failures. */
  private static final int LEAST_ATTEMPTS = 3;

  /** An event that was refused this often becomes a dead letter. */
  private static final int REFUSALS = 5;

  /** The part of a lease that is kept for deleting what the receiver has accepted. */
  private static final Duration FORGETTING = Duration.ofSeconds(8);

  private static final Retry FORGET_AGAIN =
      Retry.backoff(100, Duration.ofMillis(200)).maxBackoff(Duration.ofSeconds(1));

  /** What a run says about the receiver. */
  enum Outcome {
    /** The receiver answered. */
    PRESENT,
    /** The receiver seems to be down. */
    DOWN,
    /** Nothing: no request ran to its end, or the database failed. */
    NOTHING
  }

  /**
   * What to do after one request.
   *
   * @param goOn whether to send the next one
   * @param pause how long the queue pauses otherwise
   */
  private record Step(boolean goOn, Outcome outcome, Pause pause) {
    static final Step NEXT = new Step(true, Outcome.PRESENT, Pause.NONE);
    static final Step OVER = new Step(false, Outcome.PRESENT, Pause.NONE);
    static final Step STOP = new Step(false, Outcome.NOTHING, Pause.NONE);
  }

  /** A run of a queue: what it holds, and what it sends. */
  private record Run(Claimed claimed, Places.Place place, Turn turn, BooleanSupplier stopping) {}

  private final WebhookQueue queue;
  private final WebhookPost post;
  private final WebhookMeters meters;
  private final Clock clock;
  private final GatewayProperties.Webhook settings;
  private final Backoff backoff;

  WebhookRun(
      WebhookQueue queue,
      WebhookPost post,
      WebhookMeters meters,
      Clock clock,
      GatewayProperties properties) {
    this.queue = queue;
    this.post = post;
    this.meters = meters;
    this.clock = clock;
    this.settings = properties.webhook();
    this.backoff = new Backoff(settings.firstRetry());
  }

  /** Returns the length of a lease: one request that must be deleted, and another one before it. */
  static Duration lease(Duration timeout) {
    return attempt(timeout).plus(timeout).plusSeconds(2);
  }

  private static Duration attempt(Duration timeout) {
    return timeout.plus(WebhookPost.DRAIN).plus(FORGETTING);
  }

  /**
   * Sends events, releases the queue and leaves the place. Never fails: if the database fails, the
   * lease expires and another run repeats the work.
   *
   * @param stopping whether the instance is stopping; asked before each request
   */
  Mono<Outcome> of(Claimed claimed, Places.Place place, BooleanSupplier stopping) {
    return queue
        .first(claimed.queue(), Math.max(EVENTS, settings.batch()))
        .map(events -> new Run(claimed, place, new Turn(events, settings.batch()), stopping))
        .flatMap(this::steps)
        .flatMap(step -> queue.release(claimed, step.pause()).thenReturn(step.outcome()))
        .onErrorResume(failure -> {
          // An outage of the database is told by what notices it first.
          if (!Failures.isTransient(failure)) {
            log.warn("Webhooks of {} stopped: {}", claimed.queue(), failure.toString());
          }
          return Mono.just(Outcome.NOTHING);
        })
        .doOnTerminate(place::leave);
  }

  private Mono<Step> steps(Run run) {
    if (run.turn().isOver()) {
      return Mono.just(Step.STOP);
    }
    return Mono.defer(() -> run.turn().isOver() ? Mono.just(Step.OVER) : step(run))
        .repeat()
        .takeUntil(step -> !step.goOn())
        .last();
  }

  private Mono<Step> step(Run run) {
    if (run.stopping().getAsBoolean()) {
      return Mono.just(Step.STOP);
    }
    // An attempt ends well within the lease, so no other instance sends for the queue meanwhile.
    Mono<Boolean> held =
        run.claimed().lease().lasts(attempt(settings.timeout()))
            ? Mono.just(true)
            : queue.extend(run.claimed());
    return held.flatMap(mine -> mine ? attempt(run) : Mono.just(Step.STOP));
  }

  private Mono<Step> attempt(Run run) {
    List<WebhookEvent> events = run.turn().next();
    return run.place()
        .ask(post.send(events))
        .flatMap(answer -> answer.isAccepted() ? forget(run, events) : failed(run, events, answer));
  }

  private Mono<Step> forget(Run run, List<WebhookEvent> events) {
    meters.sent(events.size());
    run.turn().accepted(events);
    return Mono.defer(() -> queue.accepted(events))
        // Without the lease another instance would send the events again.
        .onErrorResume(
            failure -> queue.extend(run.claimed()).onErrorComplete().then(Mono.error(failure)))
        .retryWhen(FORGET_AGAIN)
        .thenReturn(Step.NEXT);
  }

  private Mono<Step> failed(Run run, List<WebhookEvent> events, WebhookAnswer answer) {
    meters.failed();
    WebhookEvent event = events.getFirst();
    if (answer.isVerdict() && events.size() > 1) {
      run.turn().narrow(events);
      return Mono.just(Step.NEXT);
    }
    return answer.isVerdict() ? refused(run, event, answer) : unanswered(event, answer);
  }

  private Mono<Step> refused(Run run, WebhookEvent event, WebhookAnswer answer) {
    int refusals = event.refusals() + 1;
    if (answer.kind() == WebhookAnswer.Kind.GONE || refusals >= REFUSALS) {
      run.turn().drop(List.of(event));
      return bury(event, answer).thenReturn(Step.NEXT);
    }
    Pause pause = new Pause(backoff.afterRefusal(refusals), false, false);
    return queue
        .failed(event, true, answer.reason())
        .thenReturn(new Step(false, Outcome.PRESENT, pause));
  }

  private Mono<Step> unanswered(WebhookEvent event, WebhookAnswer answer) {
    Outcome outcome =
        switch (answer.kind()) {
          case DOWN, SILENT -> Outcome.DOWN;
          case ENDED -> Outcome.NOTHING;
          case ACCEPTED, REFUSED, GONE, FAILED -> Outcome.PRESENT;
        };
    int failures = event.attempts() + 1;
    Duration age = Duration.between(event.queuedAt(), clock.instant());
    if (age.compareTo(settings.giveUpAfter()) >= 0 && failures >= LEAST_ATTEMPTS) {
      Pause none = new Pause(Duration.ZERO, answer.isSilent(), false);
      return bury(event, answer).thenReturn(new Step(false, outcome, none));
    }
    return queue
        .failed(event, false, answer.reason())
        .thenReturn(new Step(false, outcome, pause(failures - event.refusals(), answer)));
  }

  private Pause pause(int failures, WebhookAnswer answer) {
    Duration own = backoff.afterFailure(failures);
    Duration asked = answer.retryAfter();
    // What the receiver asks for holds even if it is back earlier.
    boolean outage = asked.isZero() && answer.kind() != WebhookAnswer.Kind.ENDED;
    return new Pause(own.compareTo(asked) > 0 ? own : asked, answer.isSilent(), outage);
  }

  private Mono<Void> bury(WebhookEvent event, WebhookAnswer answer) {
    log.warn(
        "Gave up webhook {} after {} attempts: {}",
        event.id(),
        event.attempts() + 1,
        answer.reason());
    meters.dead();
    return queue.bury(event, answer.reason());
  }
}
