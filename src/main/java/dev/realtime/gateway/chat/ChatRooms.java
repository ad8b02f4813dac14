package dev.realtime.gateway.chat;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.ChatState;
import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.room.Membership;
import dev.realtime.gateway.room.RoomId;
import dev.realtime.gateway.room.RoomRegistry;
import dev.realtime.gateway.security.Failures;
import dev.realtime.gateway.session.Connection;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Brings connections into the rooms of their chats, at the right position. */
@Component
final class ChatRooms {

  private static final Logger log = LoggerFactory.getLogger(ChatRooms.class);

  /** Rooms of one resume entered side by side. */
  private static final int SIDE_BY_SIDE = 32;

  /** Replays of one connection wait for each other, and hold up no command. */
  private static final String REPLAYS = "replay";

  private final RoomRegistry registry;
  private final ChatRepository chats;
  private final ChatLog changes;
  private final EnvelopeCodec codec;
  private final int maxRooms;

  ChatRooms(
      RoomRegistry registry,
      ChatRepository chats,
      ChatLog changes,
      EnvelopeCodec codec,
      GatewayProperties properties) {
    this.registry = registry;
    this.chats = chats;
    this.changes = changes;
    this.codec = codec;
    this.maxRooms = properties.limits().roomsPerConnection();
  }

  /**
   * What became of entering several rooms.
   *
   * @param places by chat; what the user may not enter is missing
   * @param failed chats that may be entered, but not now
   */
  record Entered(Map<String, Membership> places, Set<String> failed) {

    /** Leaves the rooms of chats that turned out not to be the user's any more. */
    void leaveAllBut(Set<String> chatIds, Connection connection) {
      places.forEach((chatId, place) -> {
        if (!chatIds.contains(chatId)) {
          connection.leave(place);
        }
      });
    }
  }

  /**
   * Takes a place in the room of a chat.
   *
   * @return fails with {@code forbidden} (not a member, or no such chat) or {@code too_many_rooms}
   */
  Mono<Membership> enter(Connection connection, String chatId) {
    return enterAll(connection, List.of(chatId))
        .map(entered -> {
          Membership place = entered.places().get(chatId);
          if (place == null) {
            throw refusal(connection, entered.failed().contains(chatId));
          }
          return place;
        });
  }

  private GatewayException refusal(Connection connection, boolean failed) {
    if (!failed) {
      return GatewayException.of(ErrorCode.FORBIDDEN, "You are not a member.");
    }
    return connection.rooms() > maxRooms
        ? GatewayException.of(ErrorCode.TOO_MANY_ROOMS)
        : Failures.unavailable();
  }

  /** Takes places in the rooms of those chats the user is a member of. Never fails for one chat. */
  Mono<Entered> enterAll(Connection connection, Collection<String> chatIds) {
    Map<String, Membership> places = new HashMap<>();
    Set<String> failed = new HashSet<>();
    return chats
        .memberships(connection.userId(), chatIds)
        .flatMapMany(Flux::fromIterable)
        .flatMap(chatId -> place(connection, chatId, failed), SIDE_BY_SIDE)
        .doOnNext(place -> places.put(place.roomId().id(), place))
        .then(Mono.fromSupplier(() -> new Entered(places, failed)));
  }

  private Mono<Membership> place(Connection connection, String chatId, Set<String> failed) {
    RoomId room = RoomId.chat(chatId);
    // The user's own room is not counted.
    if (connection.rooms() > maxRooms && !connection.isIn(room)) {
      failed.add(chatId);
      return Mono.empty();
    }
    return registry
        .enter(room, connection)
        .filter(connection::entered)
        .onErrorResume(failure -> {
          log.warn("Could not enter {}: {}", room, failure.toString());
          failed.add(chatId);
          return Mono.empty();
        });
  }

  /** Goes live after a state that has been told, with nothing to replay. */
  Mono<Void> follow(Connection connection, Membership place, ChatState told) {
    return replay(prepareReplay(connection, place, told, null));
  }

  /** A replay up to a state that has been told. */
  Replay prepareReplay(
      Connection connection, Membership place, ChatState told, @Nullable Position from) {
    return new Replay(chats, codec, connection, place, told, from);
  }

  /**
   * Starts a replay and what follows it. Completes at once for one with nothing to send, and else
   * leaves it to the connection's replays.
   */
  Mono<Void> replay(Replay replay) {
    Mono<Void> live =
        new CatchUp(changes, replay.connection(), replay.membership(), replay.goalRev()).run();
    return replay.isEmpty()
        ? live
        : replay
            .connection()
            .inOrder(
                REPLAYS,
                replay.run().then(live).onErrorResume(failure -> abandon(replay, failure)));
  }

  /** Never a silent partial: the client comes back and resumes from what it has. */
  private static Mono<Void> abandon(Replay replay, Throwable failure) {
    log.warn(
        "Could not finish a replay of {} to connection {}: {}",
        replay.membership().roomId(),
        replay.connection().id(),
        failure.toString());
    replay.connection().close(CloseCode.SERVER_ERROR);
    return Mono.empty();
  }
}
