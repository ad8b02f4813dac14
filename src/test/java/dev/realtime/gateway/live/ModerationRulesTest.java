package dev.realtime.gateway.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.LiveCommand.Moderate;
import dev.realtime.gateway.protocol.ModerationAction;
import dev.realtime.gateway.protocol.StreamStatus;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ModerationRulesTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final String MESSAGE = "0197a3c2-7d1e-7f00-8000-00000000000a";

  /** Of the host, with the moderators ann and ben; ben is banned for another second. */
  private static Stream stream(StreamStatus status, Set<String> moderators) {
    return new Stream(
        "stream",
        "host",
        "title",
        null,
        false,
        1,
        status,
        null,
        null,
        0,
        null,
        moderators,
        new Sanctions(0, 0, false, Map.of(), Map.of("ben", NOW.plusSeconds(1), "ann", NOW)));
  }

  private static Stream running() {
    return stream(StreamStatus.STARTED, Set.of("ann", "ben"));
  }

  /** The action, about a user, a message or the stream, as it is. */
  private static Moderate command(ModerationAction action, String userId) {
    return new Moderate(
        "stream",
        action,
        action.isAboutUser() ? userId : null,
        action.isAboutMessage() ? MESSAGE : null,
        action == ModerationAction.SLOW_MODE ? 5 : null);
  }

  private static void permits(Stream stream, String by, Moderate command) {
    assertThatCode(() -> ModerationRules.check(stream, by, command, NOW))
        .as("%s by %s", command, by)
        .doesNotThrowAnyException();
  }

  private static void refuses(
      Stream stream, String by, Moderate command, ErrorCode code, @Nullable String field) {
    assertThatExceptionOfType(GatewayException.class)
        .as("%s by %s", command, by)
        .isThrownBy(() -> ModerationRules.check(stream, by, command, NOW))
        .satisfies(refusal -> {
          assertThat(refusal.code()).isEqualTo(code);
          assertThat(refusal.field()).isEqualTo(field);
        });
  }

  @ParameterizedTest
  @EnumSource(ModerationAction.class)
  void permitsTheHostEverything(ModerationAction action) {
    permits(running(), "host", command(action, "viewer"));
    permits(running(), "host", command(action, "ann"));
  }

  @ParameterizedTest
  @EnumSource(ModerationAction.class)
  void permitsAModeratorWhatIsNotTheHostsAlone(ModerationAction action) {
    Moderate command = command(action, "viewer");
    boolean hostOnly =
        EnumSet.of(ModerationAction.ADD_MODERATOR, ModerationAction.REMOVE_MODERATOR)
            .contains(action);

    if (hostOnly) {
      refuses(running(), "ann", command, ErrorCode.FORBIDDEN, null);
    } else {
      permits(running(), "ann", command);
    }
  }

  @ParameterizedTest
  @EnumSource(ModerationAction.class)
  void refusesAViewer(ModerationAction action) {
    refuses(running(), "viewer", command(action, "other"), ErrorCode.FORBIDDEN, null);
    refuses(running(), "viewer", command(action, "viewer"), ErrorCode.FORBIDDEN, null);
  }

  @ParameterizedTest
  @EnumSource(ModerationAction.class)
  void refusesABannedModeratorFirst(ModerationAction action) {
    refuses(running(), "ben", command(action, "viewer"), ErrorCode.BANNED, null);
  }

  @ParameterizedTest
  @EnumSource(
      value = ModerationAction.class,
      names = {"MUTE", "UNMUTE", "BAN", "UNBAN", "PURGE"})
  void keepsModeratorsOffEachOtherAndOffTheHost(ModerationAction action) {
    refuses(running(), "ann", command(action, "ben"), ErrorCode.FORBIDDEN, "userId");
    refuses(running(), "ann", command(action, "ann"), ErrorCode.FORBIDDEN, "userId");
    refuses(running(), "ann", command(action, "host"), ErrorCode.FORBIDDEN, "userId");
    refuses(running(), "host", command(action, "host"), ErrorCode.FORBIDDEN, "userId");
  }

  @ParameterizedTest
  @EnumSource(ModerationAction.class)
  void leavesOnlyCleaningUpAfterTheEnd(ModerationAction action) {
    Stream ended = stream(StreamStatus.ENDED, Set.of("ann"));
    Moderate command = command(action, "viewer");

    if (action == ModerationAction.DELETE || action == ModerationAction.PURGE) {
      permits(ended, "host", command);
      permits(ended, "ann", command);
    } else {
      refuses(ended, "host", command, ErrorCode.CONFLICT, null);
    }
  }

  @Test
  void appointsAHundredModerators() {
    Set<String> names =
        IntStream.range(0, 99).mapToObj(i -> "m" + i).collect(Collectors.toUnmodifiableSet());
    Set<String> full =
        IntStream.range(0, 100).mapToObj(i -> "m" + i).collect(Collectors.toUnmodifiableSet());
    Moderate add = command(ModerationAction.ADD_MODERATOR, "viewer");

    permits(stream(StreamStatus.STARTED, names), "host", add);
    refuses(stream(StreamStatus.STARTED, full), "host", add, ErrorCode.CONFLICT, null);
    permits(
        stream(StreamStatus.STARTED, full),
        "host",
        command(ModerationAction.REMOVE_MODERATOR, "m1"));
  }
}
