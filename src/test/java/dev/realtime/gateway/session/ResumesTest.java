package dev.realtime.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.protocol.SessionReply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** A resume prepares its parts in the order of their stages, and lets them go on reversed. */
class ResumesTest {

  private static final Duration DEADLINE = Duration.ofSeconds(5);
  private static final SessionCommand.Resume COMMAND =
      new SessionCommand.Resume("present", null, null, null);

  @AutoClose private final LoneConnection client = new LoneConnection();
  private final List<String> steps = new ArrayList<>();

  /** A part that notes its steps; it fails where it has a failure. */
  private final class Part implements ResumePart {
    private final Stage stage;
    private final RoomId.@Nullable Kind enters;
    private final @Nullable RuntimeException failure;

    Part(Stage stage, RoomId.@Nullable Kind enters, @Nullable RuntimeException failure) {
      this.stage = stage;
      this.enters = enters;
      this.failure = failure;
    }

    @Override
    public Stage stage() {
      return stage;
    }

    @Override
    public RoomId.@Nullable Kind enters() {
      return enters;
    }

    @Override
    public Mono<Resumption> prepare(
        Connection connection, SessionCommand.Resume resume, boolean sameEpoch) {
      if (failure != null) {
        return Mono.error(failure);
      }
      steps.add("prepare " + stage + (sameEpoch ? "" : " anew"));
      return Mono.just(
          new Resumption(
              UnaryOperator.identity(), Mono.fromRunnable(() -> steps.add("follow " + stage))));
    }
  }

  private Part part(ResumePart.Stage stage, RoomId.@Nullable Kind enters) {
    return new Part(stage, enters, null);
  }

  private Part failing(ResumePart.Stage stage) {
    return new Part(stage, null, new IllegalStateException("fails on purpose"));
  }

  /** The answer inside its turns. */
  private static Answer.Telling resume(
      Connection connection, SessionCommand.Resume command, List<ResumePart> parts) {
    Answer answer = answer(connection, command, parts);
    while (answer instanceof Answer.InTurn turn) {
      answer = Objects.requireNonNull(turn.work().block(DEADLINE));
    }
    return (Answer.Telling) answer;
  }

  private static Answer answer(
      Connection connection, SessionCommand.Resume command, List<ResumePart> parts) {
    return Objects.requireNonNull(
        new Resumes(new Epoch(Mono.just("present")), parts)
            .resume(connection, command)
            .block(DEADLINE));
  }

  @Test
  void preparesByStageAndFollowsReversed() {
    List<ResumePart> parts =
        List.of(
            part(ResumePart.Stage.LIVE_ROOMS, RoomId.Kind.LIVE),
            part(ResumePart.Stage.OWN_ROOM, null),
            part(ResumePart.Stage.REPLAYED_ROOMS, RoomId.Kind.CHAT));

    Answer.Telling answer = resume(client.connection(), COMMAND, parts);

    assertThat(answer.words().now()).isEqualTo(SessionReply.Resumed.NOTHING);
    Objects.requireNonNull(answer.follow()).block(DEADLINE);
    assertThat(steps)
        .containsExactly(
            "prepare REPLAYED_ROOMS",
            "prepare OWN_ROOM",
            "prepare LIVE_ROOMS",
            "follow LIVE_ROOMS",
            "follow OWN_ROOM",
            "follow REPLAYED_ROOMS");
  }

  @Test
  void takesTheTurnsOfAllRoomsInOneOrder() {
    List<ResumePart> parts =
        List.of(
            part(ResumePart.Stage.LIVE_ROOMS, RoomId.Kind.LIVE),
            part(ResumePart.Stage.REPLAYED_ROOMS, RoomId.Kind.CHAT));

    Answer first = answer(client.connection(), COMMAND, parts);
    Answer reversed = answer(client.connection(), COMMAND, parts.reversed());

    assertThat(first).isInstanceOfSatisfying(Answer.InTurn.class, this::isChatThenLive);
    assertThat(reversed).isInstanceOfSatisfying(Answer.InTurn.class, this::isChatThenLive);
    assertThat(steps).isEmpty();
  }

  private void isChatThenLive(Answer.InTurn outer) {
    assertThat(outer.rooms()).isEqualTo(RoomId.Kind.CHAT);
    Answer inner = Objects.requireNonNull(outer.work().block(DEADLINE));
    assertThat(((Answer.InTurn) inner).rooms()).isEqualTo(RoomId.Kind.LIVE);
  }

  @Test
  void tellsThePartsThatPositionsBelongToOtherData() {
    SessionCommand.Resume old = new SessionCommand.Resume("another", null, null, null);

    resume(client.connection(), old, List.of(part(ResumePart.Stage.OWN_ROOM, null)));

    assertThat(steps).containsExactly("prepare OWN_ROOM anew");
  }

  @Test
  void refuseWhereTheFirstPartFailsAndKeepTheConnection() {
    List<ResumePart> parts = List.of(failing(ResumePart.Stage.REPLAYED_ROOMS));

    assertThatThrownBy(() -> resume(client.connection(), COMMAND, parts))
        .hasMessage("fails on purpose");

    client.sent();
    assertThat(client.connection().isClosing()).isFalse();
  }

  @Test
  void endTheConnectionWhereALaterPartFails() {
    List<ResumePart> parts =
        List.of(part(ResumePart.Stage.REPLAYED_ROOMS, null), failing(ResumePart.Stage.OWN_ROOM));

    assertThatThrownBy(() -> resume(client.connection(), COMMAND, parts))
        .hasMessage("fails on purpose");

    assertThat(client.sent()).first().asString().contains("session:bye").contains("1011");
    assertThat(client.connection().isClosing()).isTrue();
  }
}
