package dev.realtime.gateway.live;

import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.store.redis.RedisScript;
import dev.realtime.gateway.store.redis.RedisStore;
import dev.realtime.gateway.work.RepeatedWarning;
import io.lettuce.core.ScriptOutputType;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The pause between two messages of one user, over all instances. */
@Component
final class SlowMode {

  private static final Logger log = LoggerFactory.getLogger(SlowMode.class);

  private static final RedisScript TAKE_TURN =
      RedisScript.of(SlowMode.class, "slow-mode.lua", ScriptOutputType.INTEGER);

  private final RedisStore redis;
  private final RepeatedWarning unenforced =
      new RepeatedWarning(log, "Slow mode of a stream is not enforced");

  SlowMode(RedisStore redis) {
    this.redis = redis;
  }

  /**
   * Uses up a user's turn. Fails with {@code slow_mode} while the pause lasts. While Redis is down
   * every user may write, since silence for all would be worse.
   */
  Mono<Void> takeTurn(Stream stream, String userId) {
    return run(stream, userId, "1");
  }

  /**
   * Checks that the user's pause is over, without using up a turn; fails with {@code slow_mode}.
   */
  Mono<Void> check(Stream stream, String userId) {
    return run(stream, userId, "0");
  }

  /** The length of the stream's id keeps two pairs of ids from having one key. */
  static String key(String streamId, String userId) {
    return "stream:{" + streamId + "}:spoke:" + streamId.length() + ':' + userId;
  }

  private Mono<Void> run(Stream stream, String userId, String takes) {
    return redis
        .<Long>run(
            TAKE_TURN,
            List.of(key(stream.id(), userId)),
            List.of(Long.toString(stream.slowMode() * 1_000L), takes))
        .onErrorResume(failure -> {
          unenforced.log(failure);
          return Mono.empty();
        })
        .filter(left -> left > 0)
        .flatMap(left ->
            Mono.error(GatewayException.retryLater(ErrorCode.SLOW_MODE, Duration.ofMillis(left))));
  }
}
