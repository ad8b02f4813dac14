package dev.realtime.gateway.webhook;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Forgets dead letters nobody replayed, once an hour. */
@Component
final class DeadLetterRetention implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(DeadLetterRetention.class);
  private static final Duration PERIOD = Duration.ofHours(1);

  private final WebhookDeadLetters letters;
  private volatile @Nullable Disposable running;

  DeadLetterRetention(WebhookDeadLetters letters) {
    this.letters = letters;
  }

  @Override
  public void start() {
    // Instances that were started together should not all come at the same moment.
    Duration first = Duration.ofSeconds(ThreadLocalRandom.current().nextLong(PERIOD.toSeconds()));
    running =
        Flux.interval(first, PERIOD).onBackpressureDrop().concatMap(_ -> forget()).subscribe();
  }

  private Mono<Long> forget() {
    return letters
        .prune()
        .doOnError(failure -> log.warn("Could not forget dead letters: {}", failure.toString()))
        .onErrorComplete();
  }

  @Override
  public void stop() {
    Disposable current = running;
    if (current != null) {
      current.dispose();
      running = null;
    }
  }

  @Override
  public boolean isRunning() {
    return running != null;
  }
}
