package dev.realtime.gateway.chat.rooms;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.ChatState;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.Place;
import dev.realtime.gateway.room.RoomRegistry;
import dev.realtime.gateway.session.CatchUp;
import dev.realtime.gateway.session.Connection;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Brings connections into the rooms of their chats, at the rev of the state that they receive. */
@Component
final class ChatRooms {

  private static final Logger log = LoggerFactory.getLogger(ChatRooms.class);

  /** The number of rooms of one resume that are entered concurrently. */
  private static final int SIDE_BY_SIDE = 32;

  private final RoomRegistry registry;
  private final MissedMessages messages;
  private final ChatLog changes;
  private final OwnMemberships own;
  private final EnvelopeCodec codec;

  ChatRooms(
      RoomRegistry registry,
      MissedMessages messages,
      ChatLog changes,
      OwnMemberships own,
      EnvelopeCodec codec) {
    this.registry = registry;
    this.messages = messages;
    this.changes = changes;
    this.own = own;
    this.codec = codec;
  }

  /**
   * The result of entering several rooms.
   *
   * @param places the places by chat; a chat is missing if its room could not be entered
   */
  record Entered(Map<String, Place> places) {

    /** Returns whether the connection is in the room of a chat at this moment. */
    boolean isIn(String chatId) {
      Place place = places.get(chatId);
      return place != null && !place.isEnded();
    }
  }

  /**
   * Holds the connection's places in the rooms of these chats, so that a newer state can be sent to
   * it; must be called before the states are read. A place whose replay is still running ends,
   * since the newer reply supersedes the rest of that replay.
   */
  Mono<PausedRooms> pause(Connection connection, Collection<String> chatIds) {
    List<Place> older =
        chatIds.stream()
            .map(chatId -> connection.rooms().place(RoomId.chat(chatId)))
            .filter(Objects::nonNull)
            .toList();
    List<Place> unready = older.stream().filter(place -> !place.isLive()).toList();
    unready.forEach(connection.rooms()::supersede);
    return Flux.fromIterable(older)
        .filter(Place::isLive)
        .flatMap(place -> hold(connection, place))
        .collectMap(catchUp -> catchUp.place().roomId().id())
        .map(held -> new PausedRooms(connection, held, unready));
  }

  private Mono<CatchUp> hold(Connection connection, Place place) {
    return CatchUp.holding(changes, connection, place);
  }

  /**
   * Enters the room of a chat at the state that the reply will carry, or moves the connection's
   * existing place to it. The caller must have checked the membership: a removal after that state
   * ends the place.
   *
   * @return the place; empty if the state is already outdated and must be read again; fails with
   *     {@code too_many_rooms}
   */
  Mono<Place> enter(Connection connection, ChatState state, PausedRooms paused) {
    CatchUp held = paused.take(state.chatId());
    return held == null
        ? enter(connection, state)
        : renewed(held, state)
            .switchIfEmpty(Mono.defer(() -> enter(connection, state)))
            .onErrorResume(failure -> PausedRooms.goOn(connection, held).then(Mono.error(failure)));
  }

  /** Sends every change up to the state to a held place; empty if the place has ended meanwhile. */
  private static Mono<Place> renewed(CatchUp held, ChatState state) {
    return held.upTo(rev(state))
        .then(Mono.defer(() -> held.place().renew(rev(state))))
        .filter(renewed -> renewed)
        .map(_ -> held.place());
  }

  private Mono<Place> enter(Connection connection, ChatState state) {
    RoomId room = RoomId.chat(state.chatId());
    return Mono.fromRunnable(() -> connection.rooms().checkSpaceFor(room))
        .then(ownChanges(connection, state))
        .flatMap(recent ->
            registry
                .enter(room, connection, rev(state))
                .filterWhen(place -> connection.rooms().entered(place, recent)))
        .doOnNext(connection.rooms()::keepWithinLimit);
  }

  private Mono<List<Frame>> ownChanges(Connection connection, ChatState state) {
    return state.type() == ChatType.DIRECT
        ? Mono.just(List.of())
        : own.recent(connection.userId(), state.chatId(), rev(state), connection.connectedAt());
  }

  private static long rev(ChatState state) {
    return state.lastRev() == null ? 0 : state.lastRev();
  }

  /** Enters the rooms of several chats; a room that cannot be entered is logged and left out. */
  Mono<Entered> enterAll(Connection connection, Collection<ChatState> states, PausedRooms paused) {
    return Flux.fromIterable(states)
        .flatMap(state -> enterIfPossible(connection, state, paused), SIDE_BY_SIDE)
        .collectMap(place -> place.roomId().id())
        .map(Entered::new)
        .delayUntil(_ -> paused.goOn());
  }

  private Mono<Place> enterIfPossible(Connection connection, ChatState state, PausedRooms paused) {
    return enter(connection, state, paused)
        .onErrorResume(failure -> {
          log.warn("Could not enter chat {}: {}", state.chatId(), failure.toString());
          return Mono.empty();
        });
  }

  /** Prepares a replay up to the state that the reply carried. */
  Replay prepareReplay(Replay.Gap gap) {
    return new Replay(messages, codec, gap);
  }

  /**
   * Starts a replay and then brings the place live. A replay without messages starts at once; the
   * others wait for their turn among the connection's replays, and this completes before they do.
   */
  Mono<Void> replay(Replay replay) {
    Mono<Void> live =
        new CatchUp(changes, replay.connection(), replay.place(), replay.goalRev()).run();
    String what = "a replay of " + replay.place().roomId();
    Mono<Void> all = replay.run(endIfRemoved(replay)).then(live);
    return replay.isEmpty()
        ? replay.connection().promised(what, all)
        : replay.connection().replay(what, all);
  }

  /**
   * Ends the place if the user was removed after the ack. The replay reads only messages that the
   * user may see, so a removal may have cut it short. Only that removal may follow then: a newer
   * change would imply that the client has all changes before it.
   */
  private Mono<Void> endIfRemoved(Replay replay) {
    Connection connection = replay.connection();
    Place place = replay.place();
    return Flux.defer(
            () -> own.untilRemoval(connection.userId(), place.roomId().id(), replay.goalRev()))
        .concatMap(frame -> connection.paced(frame, () -> !place.isEnded()).thenReturn(frame), 1)
        .filter(frame -> frame.evicts(connection))
        .doOnNext(_ -> connection.rooms().leave(place))
        .then();
  }
}
