package dev.realtime.gateway.chat;

import dev.realtime.gateway.chat.ChatRepository.SeqAndRev;
import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.ChatState;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.protocol.SessionReply;
import dev.realtime.gateway.protocol.SessionReply.Outcome;
import dev.realtime.gateway.protocol.SessionReply.ResumedChat;
import dev.realtime.gateway.session.Connection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The chats of a {@code session:resume}: joins what it names, says per chat what becomes of it,
 * then replays what was missed.
 */
@Component
public final class ChatResume {

  private final ChatRepository chats;
  private final ChatRooms rooms;
  private final int replayLimit;

  ChatResume(ChatRepository chats, ChatRooms rooms, GatewayProperties properties) {
    this.chats = chats;
    this.rooms = rooms;
    this.replayLimit = properties.limits().replay();
  }

  private record Verdict(Outcome outcome, ChatState state, Position position) {

    ResumedChat toReply() {
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

  /**
   * Resumes; completes when the ack is on its way. The replays follow on their own, and go on being
   * paced by the socket.
   *
   * @param sameEpoch whether the positions belong to the present data
   */
  public Mono<Void> resume(
      Connection connection,
      @Nullable String id,
      Map<String, Position> positions,
      boolean sameEpoch) {
    return rooms
        .enterAll(connection, positions.keySet())
        .flatMap(entered ->
            verdicts(connection.userId(), entered.places().keySet(), positions, sameEpoch)
                .doOnError(_ -> entered.leaveAllBut(Set.of(), connection))
                .flatMap(verdicts -> answer(connection, id, positions, entered, verdicts)));
  }

  private Mono<Map<String, Verdict>> verdicts(
      String userId, Set<String> chatIds, Map<String, Position> positions, boolean sameEpoch) {
    return chats.states(userId, chatIds).flatMap(states -> verdicts(states, positions, sameEpoch));
  }

  private Mono<Map<String, Verdict>> verdicts(
      Map<String, ChatState> states, Map<String, Position> positions, boolean sameEpoch) {
    Map<String, SeqAndRev> known = new HashMap<>();
    positions.forEach((chatId, position) -> {
      Long rev = position.rev();
      if (rev != null && states.containsKey(chatId)) {
        known.put(chatId, new SeqAndRev(position.seq(), rev));
      }
    });
    return chats
        .countChanged(known, replayLimit + 1)
        .map(changed -> {
          Map<String, Verdict> verdicts = new LinkedHashMap<>();
          positions.forEach((chatId, position) -> {
            ChatState state = states.get(chatId);
            if (state != null) {
              long changes = changed.getOrDefault(chatId, 0L);
              boolean recover = sameEpoch && recoverable(state, position, changes);
              Outcome outcome = recover ? Outcome.RECOVERED : Outcome.SNAPSHOT;
              verdicts.put(chatId, new Verdict(outcome, state, position));
            }
          });
          return verdicts;
        });
  }

  /** Whether what came after this message can be replayed. */
  boolean isRecoverable(ChatState state, long seq) {
    return recoverable(state, new Position(seq, null), 0);
  }

  private boolean recoverable(ChatState state, Position position, long changed) {
    long missed = state.lastSeq() - position.seq();
    long lastRev = state.lastRev() == null ? 0 : state.lastRev();
    boolean pastTheEnd = missed < 0 || (position.rev() != null && position.rev() > lastRev);
    return !pastTheEnd && missed <= replayLimit && changed <= replayLimit;
  }

  private Mono<Void> answer(
      Connection connection,
      @Nullable String id,
      Map<String, Position> positions,
      ChatRooms.Entered entered,
      Map<String, Verdict> verdicts) {
    Map<String, ResumedChat> reply = new LinkedHashMap<>();
    for (String chatId : positions.keySet()) {
      Verdict verdict = verdicts.get(chatId);
      if (verdict != null) {
        reply.put(chatId, verdict.toReply());
      } else {
        boolean failed = entered.failed().contains(chatId);
        reply.put(chatId, ResumedChat.refused(failed ? Outcome.UNAVAILABLE : Outcome.FORBIDDEN));
      }
    }
    entered.leaveAllBut(verdicts.keySet(), connection);
    return connection
        .reply(id, new SessionReply.Resumed(reply))
        .then(follow(connection, entered, verdicts));
  }

  /** What need not be replayed goes live first; replays wait for each other. */
  private Mono<Void> follow(
      Connection connection, ChatRooms.Entered entered, Map<String, Verdict> verdicts) {
    List<Replay> replays =
        verdicts.entrySet().stream()
            .map(entry -> replay(connection, entered, entry.getKey(), entry.getValue()))
            .sorted(Comparator.comparing(Replay::isEmpty).reversed())
            .toList();
    return Flux.fromIterable(replays).concatMap(rooms::replay).then();
  }

  private Replay replay(
      Connection connection, ChatRooms.Entered entered, String chatId, Verdict verdict) {
    return rooms.prepareReplay(
        connection,
        Objects.requireNonNull(entered.places().get(chatId)),
        verdict.state(),
        verdict.outcome() == Outcome.RECOVERED ? verdict.position() : null);
  }
}
