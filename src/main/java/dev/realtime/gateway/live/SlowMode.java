package dev.realtime.gateway.live;

import dev.realtime.gateway.store.RedisScript;
import dev.realtime.gateway.store.RedisStore;
import io.lettuce.core.ScriptOutputType;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The pause between two messages of one user, whichever instances they come through. */
@Component
final class SlowMode {

  private static final Logger log = LoggerFactory.getLogger(SlowMode.class);

  private static final RedisScript TAKE_TURN =
      RedisScript.of(SlowMode.class, "slow-mode.lua", ScriptOutputType.INTEGER);

  private final RedisStore redis;

  SlowMode(RedisStore redis) {
    this.redis = redis;
  }

  /**
   * Asks for a user's turn.
   *
   * @param take whether the turn is used up; else it is only asked for
   * @return what is left of the pause; zero for none, and while Redis is away: silence for everyone
   *     would be worse
   */
  Mono<Duration> pause(String streamId, String userId, int seconds, boolean take) {
    return redis
        .<Long>run(
            TAKE_TURN,
            List.of("stream:{" + streamId + "}:spoke:" + userId),
            List.of(Long.toString(seconds * 1_000L), take ? "1" : "0"))
        .map(Duration::ofMillis)
        .onErrorResume(failure -> {
          log.warn("No slow mode in stream {}: {}", streamId, failure.toString());
          return Mono.just(Duration.ZERO);
        });
  }
}
