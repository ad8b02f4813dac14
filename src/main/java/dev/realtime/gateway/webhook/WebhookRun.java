package dev.realtime.gateway.webhook;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.webhook.WebhookQueue.Claimed;
import java.time.Clock;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Sends the first events of a subject, one after the other, until the receiver does not accept one.
 * The run deletes each accepted event at once, so that another instance repeats little if this one
 * dies.
 */
@Component
final class WebhookRun {

  private static final Logger log = LoggerFactory.getLogger(WebhookRun.class);

  /** After this many events another subject gets its turn. */
  private static final int EVENTS = 20;

  /** The gateway does not give up an event, however old, before this many failures. */
  private static final int LEAST_ATTEMPTS = 3;

  private static final Retry FORGET_AGAIN = Retry.backoff(4, Duration.ofMillis(200));

  /** The result of a run. */
  enum Outcome {
    /** The receiver accepted every event of the run. */
    ACCEPTED,
    /** The receiver refused an event: the subject pauses, or continues without the event. */
    REFUSED,
    /** The receiver seems to be down. */
    AWAY
  }

  /**
   * What to do after one event.
   *
   * @param goOn whether to send the next event
   * @param pause how long the subject pauses otherwise
   */
  private record Step(boolean goOn, Outcome outcome, Duration pause) {
    static final Step NEXT = new Step(true, Outcome.ACCEPTED, Duration.ZERO);
    static final Step STOP = new Step(false, Outcome.ACCEPTED, Duration.ZERO);

    static Step refused(boolean away, Duration pause) {
      return new Step(false, away ? Outcome.AWAY : Outcome.REFUSED, pause);
    }
  }

  private final WebhookQueue queue;
  private final WebhookPost post;
  private final WebhookMeters meters;
  private final Clock clock;
  private final Duration timeout;
  private final Duration giveUpAfter;

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
    this.timeout = properties.webhook().timeout();
    this.giveUpAfter = properties.webhook().giveUpAfter();
  }

  /**
   * Sends events and releases the subject. Never fails: if the database fails, the lease expires
   * and another run repeats the work.
   *
   * @param stopping whether the instance is stopping; asked before each event
   */
  Mono<Outcome> of(Claimed claimed, BooleanSupplier stopping) {
    return queue
        .first(claimed.subject(), EVENTS)
        .flatMapMany(Flux::fromIterable)
        .concatMap(event -> step(claimed, event, stopping), 1)
        .takeUntil(step -> !step.goOn())
        .last(Step.NEXT)
        .flatMap(step -> queue.release(claimed, step.pause()).thenReturn(step.outcome()))
        .onErrorResume(failure -> {
          log.warn("Webhooks of {} stopped: {}", claimed.subject(), failure.toString());
          return Mono.just(Outcome.AWAY);
        });
  }

  private Mono<Step> step(Claimed claimed, WebhookEvent event, BooleanSupplier stopping) {
    return Mono.defer(() -> {
      if (stopping.getAsBoolean()) {
        return Mono.just(Step.STOP);
      }
      // An attempt ends well within the lease, so no other instance sends for the subject
      // meanwhile.
      Mono<Boolean> held =
          claimed.lease().lasts(timeout.multipliedBy(2)) ? Mono.just(true) : queue.extend(claimed);
      return held.flatMap(mine -> mine ? attempt(event) : Mono.just(Step.STOP));
    });
  }

  private Mono<Step> attempt(WebhookEvent event) {
    return post.send(event)
        .flatMap(answer -> answer.accepted() ? forget(event) : refused(event, answer));
  }

  private Mono<Step> forget(WebhookEvent event) {
    meters.sent();
    return queue.accepted(event).retryWhen(FORGET_AGAIN).thenReturn(Step.NEXT);
  }

  private Mono<Step> refused(WebhookEvent event, WebhookPost.Answer answer) {
    String reason = answer.reason();
    meters.failed();
    int failures = event.attempts() + 1;
    Duration age = Duration.between(event.queuedAt(), clock.instant());
    if (age.compareTo(giveUpAfter) >= 0 && failures >= LEAST_ATTEMPTS) {
      log.warn("Gave up webhook {} after {} attempts: {}", event.id(), failures, reason);
      meters.dead();
      return queue.bury(event, reason).thenReturn(Step.refused(answer.away(), Duration.ZERO));
    }
    return queue
        .failed(event, reason)
        .thenReturn(Step.refused(answer.away(), Backoff.after(failures)));
  }
}
