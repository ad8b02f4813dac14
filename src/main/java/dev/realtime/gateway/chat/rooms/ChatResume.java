package dev.realtime.gateway.chat.rooms;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.ChatState;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.protocol.SessionReply.Outcome;
import dev.realtime.gateway.protocol.SessionReply.ResumedChat;
import dev.realtime.gateway.room.Place;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.session.ResumePart;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Resumes chats in a {@code session:resume}: joins the requested chats, replies with an outcome for
 * each, then replays the changes that the client missed.
 */
@Component
final class ChatResume implements ResumePart {

  private final ChatStates chats;
  private final ChatRooms rooms;

  ChatResume(ChatStates chats, ChatRooms rooms) {
    this.chats = chats;
    this.rooms = rooms;
  }

  private record Verdict(ChatStates.Seen seen, Position position) {

    Outcome outcome() {
      return seen.isReplayable() ? Outcome.RECOVERED : Outcome.SNAPSHOT;
    }

    ChatState state() {
      return seen.state();
    }

    Replay.Gap gap(Connection connection, Place place) {
      return new Replay.Gap(
          connection, place, state(), seen.isReplayable() ? position : null, seen.changed());
    }

    ResumedChat toReply() {
      Outcome outcome = outcome();
      ChatState state = state();
      boolean silentChanges = outcome == Outcome.RECOVERED && position.rev() == null;
      return new ResumedChat(
          outcome,
          state.lastSeq(),
          state.lastRev(),
          state.readSeq(),
          state.unread(),
          state.members(),
          state.title(),
          silentChanges ? false : null);
    }
  }

  @Override
  public Stage stage() {
    return Stage.REPLAYED_ROOMS;
  }

  @Override
  public RoomId.Kind enters() {
    return RoomId.Kind.CHAT;
  }

  /** Joins the chats and counts the changes that the client missed in each. */
  @Override
  public Mono<Resumption> prepare(
      Connection connection, SessionCommand.Resume resume, boolean sameEpoch) {
    Map<String, Position> positions = resume.positions();
    return positions.isEmpty()
        ? Mono.empty()
        : rooms
            .pause(connection, positions.keySet())
            .flatMap(paused ->
                chats
                    .of(connection.userId(), positions, sameEpoch)
                    .map(seen -> verdicts(seen, positions))
                    .onErrorResume(paused::giveUp)
                    .flatMap(verdicts ->
                        rooms
                            .enterAll(connection, states(verdicts), paused)
                            .map(entered -> prepared(connection, positions, entered, verdicts))));
  }

  private static List<ChatState> states(Map<String, Verdict> verdicts) {
    return verdicts.values().stream().map(Verdict::state).toList();
  }

  private static Map<String, Verdict> verdicts(
      Map<String, ChatStates.Seen> seen, Map<String, Position> positions) {
    Map<String, Verdict> verdicts = new LinkedHashMap<>();
    positions.forEach((chatId, position) -> {
      ChatStates.Seen chat = seen.get(chatId);
      if (chat != null) {
        verdicts.put(chatId, new Verdict(chat, position));
      }
    });
    return verdicts;
  }

  private Resumption prepared(
      Connection connection,
      Map<String, Position> positions,
      ChatRooms.Entered entered,
      Map<String, Verdict> verdicts) {
    return new Resumption(
        reply -> reply.withChats(reply(positions, entered, verdicts)),
        Mono.defer(() -> follow(connection, entered, verdicts)));
  }

  /**
   * Builds the reply; a chat from which the user was evicted after the state was read is {@code
   * unavailable}, so that the client asks again.
   */
  private static Map<String, ResumedChat> reply(
      Map<String, Position> positions, ChatRooms.Entered entered, Map<String, Verdict> verdicts) {
    Map<String, ResumedChat> reply = new LinkedHashMap<>();
    for (String chatId : positions.keySet()) {
      Verdict verdict = verdicts.get(chatId);
      if (verdict == null) {
        reply.put(chatId, ResumedChat.refused(Outcome.FORBIDDEN));
      } else if (entered.isIn(chatId)) {
        reply.put(chatId, verdict.toReply());
      } else {
        reply.put(chatId, ResumedChat.refused(Outcome.UNAVAILABLE));
      }
    }
    return reply;
  }

  /** Brings chats without a replay live first; the replays run one after another. */
  private Mono<Void> follow(
      Connection connection, ChatRooms.Entered entered, Map<String, Verdict> verdicts) {
    List<Replay> replays =
        entered.places().entrySet().stream()
            .map(entry -> replay(connection, entry.getValue(), verdicts.get(entry.getKey())))
            .flatMap(Optional::stream)
            .sorted(Comparator.comparing(Replay::isEmpty).reversed())
            .toList();
    return Flux.fromIterable(replays).concatMap(rooms::replay).then();
  }

  private Optional<Replay> replay(Connection connection, Place place, @Nullable Verdict verdict) {
    return Optional.ofNullable(verdict)
        .map(known -> rooms.prepareReplay(known.gap(connection, place)));
  }
}
