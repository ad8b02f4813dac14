package dev.realtime.gateway.live;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.Delivery;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.LiveCommand;
import dev.realtime.gateway.protocol.LiveEvent;
import dev.realtime.gateway.protocol.LiveReply;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.security.RateBuckets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** What viewers say and show: who may, and how often. */
@Component
final class StreamChat {

  private static final int MESSAGE_BURST = 20;
  private static final int MESSAGES_PER_SECOND = 2;
  private static final int REACTION_BURST = 60;
  private static final int REACTIONS_PER_SECOND = 10;

  private record Speaker(String streamId, String userId) {}

  private final LiveMessages messages;
  private final Reactions reactions;
  private final SlowMode slowMode;
  private final BlockedTerms blocked;
  private final RoomPublisher publisher;
  private final Clock clock;
  private final RateBuckets messageRate;
  private final RateBuckets reactionRate;

  StreamChat(
      LiveMessages messages,
      Reactions reactions,
      SlowMode slowMode,
      BlockedTerms blocked,
      RoomPublisher publisher,
      Clock clock,
      GatewayProperties properties) {
    this.messages = messages;
    this.reactions = reactions;
    this.slowMode = slowMode;
    this.blocked = blocked;
    this.publisher = publisher;
    this.clock = clock;
    boolean limited = properties.rateLimitsEnabled();
    this.messageRate = new RateBuckets(limited, MESSAGE_BURST, MESSAGES_PER_SECOND);
    this.reactionRate = new RateBuckets(limited, REACTION_BURST, REACTIONS_PER_SECOND);
  }

  /**
   * Says something to everyone.
   *
   * <p>Refusals in this order: {@code conflict} (ended), {@code banned}, {@code muted}, {@code
   * slow_mode}, {@code rate_limited}, {@code forbidden} with the field {@code content} (a blocked
   * term). A refused message uses up no turn.
   */
  Mono<LiveReply.Said> say(Stream stream, String userId, LiveCommand.SendLiveMessage command) {
    checkOpen(stream, userId);
    boolean free = stream.mayModerate(userId);
    boolean unsound = !free && blocked.isIn(command.content());
    Speaker speaker = new Speaker(stream.id(), userId);
    boolean tooOften = !messageRate.take(speaker, false).isZero();
    return pause(stream, userId, free, !unsound && !tooOften)
        .map(pause -> {
          if (!pause.isZero()) {
            throw GatewayException.retryLater(ErrorCode.SLOW_MODE, pause);
          }
          checkRate(messageRate.take(speaker, !unsound));
          if (unsound) {
            throw GatewayException.field(
                ErrorCode.FORBIDDEN, "content", "This may not be said here.");
          }
          return publish(stream, userId, command);
        });
  }

  private Mono<Duration> pause(Stream stream, String userId, boolean free, boolean take) {
    return free || stream.slowMode() == 0
        ? Mono.just(Duration.ZERO)
        : slowMode.pause(stream.id(), userId, stream.slowMode(), take);
  }

  private LiveReply.Said publish(
      Stream stream, String userId, LiveCommand.SendLiveMessage command) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    LiveEvent.LiveMessage message =
        new LiveEvent.LiveMessage(
            Identifiers.next().toString(),
            stream.id(),
            userId,
            command.content(),
            command.tempId(),
            now);
    RoomId room = RoomId.live(stream.id());
    // The words of host and moderators are the last that a slow connection misses.
    publisher.publish(
        room,
        message,
        stream.mayModerate(userId) ? new Delivery.SampledLast() : message.delivery());
    messages.keep(message);
    return new LiveReply.Said(message.id(), now);
  }

  /**
   * Counts a reaction; refusals as above, but for slow mode. Where many kinds come at once one more
   * is {@code rate_limited}.
   */
  void react(Stream stream, String userId, String emoji) {
    checkOpen(stream, userId);
    checkRate(reactionRate.take(userId, true));
    if (!stream.mayModerate(userId) && blocked.isIn(emoji)) {
      throw GatewayException.field(ErrorCode.FORBIDDEN, "emoji", "This may not be said here.");
    }
    checkRate(reactions.add(stream.id(), emoji, userId));
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

  private static void checkRate(Duration wait) {
    if (!wait.isZero()) {
      throw GatewayException.retryLater(ErrorCode.RATE_LIMITED, wait);
    }
  }
}
