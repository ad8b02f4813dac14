package dev.realtime.gateway.live;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.security.RateBuckets;
import java.time.Clock;
import java.time.Instant;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The rules on who may write or react in a stream, and how often. */
@Component
final class SpeechRules {

  private static final int MESSAGE_BURST = 20;
  private static final int MESSAGES_PER_SECOND = 2;
  private static final int REACTION_BURST = 60;
  private static final int REACTIONS_PER_SECOND = 10;

  private record Speaker(String streamId, String userId) {}

  private final SlowMode slowMode;
  private final BlockedTerms blocked;
  private final Clock clock;
  private final RateBuckets messageRate;
  private final RateBuckets reactionRate;

  SpeechRules(SlowMode slowMode, BlockedTerms blocked, Clock clock, GatewayProperties properties) {
    this.slowMode = slowMode;
    this.blocked = blocked;
    this.clock = clock;
    boolean limited = properties.rateLimitsEnabled();
    this.messageRate = new RateBuckets(limited, MESSAGE_BURST, MESSAGES_PER_SECOND);
    this.reactionRate = new RateBuckets(limited, REACTION_BURST, REACTIONS_PER_SECOND);
  }

  /**
   * Uses up a user's turn to send a message to the stream.
   *
   * <p>Refusals in this order: {@code conflict} (ended), {@code banned}, {@code muted}, {@code
   * slow_mode}, {@code rate_limited}, {@code forbidden} with the field {@code content} (a blocked
   * term). A refused message uses up no turn.
   */
  Mono<Void> takeTurn(Stream stream, String userId, String content) {
    checkOpen(stream, userId);
    Speaker speaker = new Speaker(stream.id(), userId);
    boolean unsound = !stream.mayModerate(userId) && blocked.isIn(content);
    boolean refused = unsound || !messageRate.has(speaker);
    return slowMode(stream, userId, refused)
        .then(
            Mono.fromRunnable(() -> {
              if (unsound) {
                messageRate.check(speaker);
                throw blockedTerm("content");
              }
              messageRate.take(speaker);
            }));
  }

  private Mono<Void> slowMode(Stream stream, String userId, boolean refused) {
    if (stream.slowMode() == 0 || stream.mayModerate(userId)) {
      return Mono.empty();
    }
    return refused ? slowMode.check(stream, userId) : slowMode.takeTurn(stream, userId);
  }

  /**
   * Uses up a user's turn to react. Slow mode does not apply; the refusals are {@code conflict}
   * (ended), {@code banned}, {@code muted}, {@code rate_limited} and {@code forbidden} with the
   * field {@code emoji} (a blocked term).
   */
  void takeReaction(Stream stream, String userId, String emoji) {
    checkOpen(stream, userId);
    reactionRate.take(userId);
    if (!stream.mayModerate(userId) && blocked.isIn(emoji)) {
      throw blockedTerm("emoji");
    }
  }

  private void checkOpen(Stream stream, String userId) {
    if (stream.hasEnded()) {
      throw GatewayException.of(ErrorCode.CONFLICT, "The stream has ended.");
    }
    Instant now = clock.instant();
    if (stream.isBanned(userId, now)) {
      throw GatewayException.of(ErrorCode.BANNED);
    }
    if (stream.isMuted(userId, now)) {
      throw GatewayException.of(ErrorCode.MUTED);
    }
  }

  private static GatewayException blockedTerm(String field) {
    return GatewayException.field(ErrorCode.FORBIDDEN, field, "This contains a blocked term.");
  }
}
