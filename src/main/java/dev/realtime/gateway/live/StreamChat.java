package dev.realtime.gateway.live;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.Delivery;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.LiveCommand;
import dev.realtime.gateway.protocol.LiveEvent;
import dev.realtime.gateway.protocol.LiveReply;
import dev.realtime.gateway.room.RoomPublisher;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The messages and reactions that viewers publish to a stream. */
@Component
public final class StreamChat {

  private final SpeechRules rules;
  private final LiveMessages messages;
  private final Reactions reactions;
  private final RoomPublisher publisher;
  private final Clock clock;

  StreamChat(
      SpeechRules rules,
      LiveMessages messages,
      Reactions reactions,
      RoomPublisher publisher,
      Clock clock) {
    this.rules = rules;
    this.messages = messages;
    this.reactions = reactions;
    this.publisher = publisher;
    this.clock = clock;
  }

  /** Publishes a message to a stream; fails as {@link SpeechRules#takeTurn}. */
  public Mono<LiveReply.Said> say(
      Stream stream, String userId, LiveCommand.SendLiveMessage command) {
    return rules
        .takeTurn(stream, userId, command.content())
        .then(Mono.fromSupplier(() -> publish(stream, userId, command)));
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
    // A slow connection drops the messages of the host and moderators last.
    publisher.publish(
        room,
        message,
        stream.mayModerate(userId) ? new Delivery.SampledLast() : message.delivery());
    messages.keep(message, stream.rev());
    return new LiveReply.Said(message.id(), now);
  }

  /**
   * Adds a reaction to a stream's sums; fails as {@link SpeechRules#takeReaction} and {@link
   * Reactions#add}.
   */
  public void react(Stream stream, String userId, String emoji) {
    rules.takeReaction(stream, userId, emoji);
    reactions.add(stream.id(), emoji, userId);
  }
}
