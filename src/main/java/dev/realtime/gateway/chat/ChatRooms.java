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
import dev.realtime.gateway.session.CatchUp;
import dev.realtime.gateway.session.Connection;
import java.util.Collection;
import java.util.Map;
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
   * @param places by chat; where there is none, the room cannot be entered now
   */
  record Entered(Map<String, Membership> places) {}

  /**
   * Takes a place in the room of a chat. Whether the user may is for the caller to know: a removal
   * since then is noticed on the way from that state to live delivery.
   *
   * @return fails with {@code too_many_rooms}, and with {@code forbidden} if it was put out already
   */
  Mono<Membership> enter(Connection connection, String chatId) {
    RoomId room = RoomId.chat(chatId);
    if (isFull(connection, room)) {
      return Mono.error(GatewayException.of(ErrorCode.TOO_MANY_ROOMS));
    }
    return registry
        .enter(room, connection)
        .filter(connection::entered)
        .switchIfEmpty(Mono.error(() -> GatewayException.of(ErrorCode.FORBIDDEN)))
        .filter(place -> staysWithin(connection, place))
        .switchIfEmpty(Mono.error(() -> GatewayException.of(ErrorCode.TOO_MANY_ROOMS)));
  }

  /** Rooms entered side by side all saw room for one more. */
  private boolean staysWithin(Connection connection, Membership place) {
    boolean within = connection.rooms() <= maxRooms + 1;
    if (!within) {
      connection.leave(place);
    }
    return within;
  }

  /** The user's own room is not counted. */
  private boolean isFull(Connection connection, RoomId room) {
    return connection.rooms() > maxRooms && !connection.isIn(room);
  }

  /** Takes places in the rooms of several chats; never fails for one of them. */
  Mono<Entered> enterAll(Connection connection, Collection<String> chatIds) {
    return Flux.fromIterable(chatIds)
        .flatMap(chatId -> enterIfPossible(connection, chatId), SIDE_BY_SIDE)
        .collectMap(place -> place.roomId().id())
        .map(Entered::new);
  }

  private Mono<Membership> enterIfPossible(Connection connection, String chatId) {
    return enter(connection, chatId)
        .onErrorResume(failure -> {
          log.warn("Could not enter chat {}: {}", chatId, failure.toString());
          return Mono.empty();
        });
  }

  /** A replay up to a state that has been told. */
  Replay prepareReplay(
      Connection connection, Membership place, ChatState told, @Nullable Position from) {
    return new Replay(chats, codec, connection, place, told, from);
  }

  /**
   * Starts a replay and what follows it. One without messages goes on at once; the others wait for
   * their turn among the connection's replays, and this completes before they do.
   */
  Mono<Void> replay(Replay replay) {
    Mono<Void> live =
        new CatchUp(changes, replay.connection(), replay.membership(), replay.goalRev()).run();
    Mono<Void> all = replay.run().then(live).onErrorResume(failure -> abandon(replay, failure));
    return replay.isEmpty() ? all : replay.connection().inOrder(REPLAYS, all);
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
