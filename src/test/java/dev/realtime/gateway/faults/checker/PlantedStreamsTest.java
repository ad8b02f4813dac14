package dev.realtime.gateway.faults.checker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.faults.checker.Violations.Kind;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/**
 * What viewers of a stream are told, with planted faults, each of which the checker has to find.
 */
class PlantedStreamsTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Violations violations = new Violations();
  private final StreamJudge judge = new StreamJudge("phone in s", violations);

  /** Started, a pin, slow mode twice the same, and the pinned message deleted. */
  private final Stored.Stream stored =
      new Stored.Stream(
          new StreamFacts("started", 1, null, null),
          6,
          List.of(1L, 2L, 3L, 4L, 5L, 6L),
          List.of(
              new StreamChange("started", "", "", 0, ""),
              new StreamChange("pin", "m1", "bob", 0, "ann"),
              new StreamChange("slow_mode", "", "", 1, "ann"),
              new StreamChange("slow_mode", "", "", 1, "ann"),
              new StreamChange("delete", "m1", "", 0, "ann")),
          Set.of("eve"),
          Set.of("m1"));

  private List<Kind> found() {
    return violations.found().stream().map(Violations.Violation::kind).toList();
  }

  private void joined(String status, @Nullable String pinned, long slowMode) {
    String pin = pinned == null ? "" : ",\"pinned\":{\"id\":\"" + pinned + "\",\"userId\":\"bob\"}";
    judge.joined(
        JSON.readTree(
            "{\"status\":\"%s\",\"slowMode\":%d,\"viewerCount\":3,\"recent\":[]%s}"
                .formatted(status, slowMode, pin)),
        false);
  }

  private void push(String event, String data) {
    judge.pushed(event, JSON.readTree("{\"streamId\":\"s\"," + data + "}"));
  }

  private void status(String status) {
    push("live:status", "\"status\":\"" + status + "\"");
  }

  private void pin() {
    push(
        "live:moderate",
        "\"action\":\"pin\",\"messageId\":\"m1\",\"by\":\"ann\","
            + "\"message\":{\"id\":\"m1\",\"userId\":\"bob\"}");
  }

  private void slow() {
    push("live:moderate", "\"action\":\"slow_mode\",\"seconds\":1,\"by\":\"ann\"");
  }

  private void delete() {
    push("live:moderate", "\"action\":\"delete\",\"messageId\":\"m1\",\"by\":\"ann\"");
  }

  private void message(String id) {
    push("live:message", "\"id\":\"" + id + "\",\"userId\":\"bob\",\"content\":\"hi\"");
  }

  @Test
  void findsNothingWhereNothingIsWrong() {
    judge.entering();
    message("m1");
    joined("created", null, 0);
    status("started");
    joined("started", null, 0);
    pin();
    judge.out();
    judge.entering();
    joined("started", "m1", 1);
    slow();
    push("live:moderate", "\"action\":\"ban\",\"userId\":\"eve\",\"by\":\"ann\"");
    push("live:viewer-count", "\"count\":2");
    delete();
    judge.check(stored);
    StreamJudge.checkStored("s", stored, violations);

    assertThat(violations.found()).isEmpty();
    assertThat(judge.viewers()).isEqualTo(2);
    assertThat(judge.heard("hi")).isTrue();
  }

  @Test
  void seesALostChange() {
    joined("created", null, 0);
    status("started");
    slow();
    judge.out();
    judge.check(stored);

    assertThat(found()).containsExactly(Kind.LOST);
  }

  @Test
  void seesAChangeThatIsLostBeforeTheNextAck() {
    joined("created", null, 0);
    joined("started", null, 0);
    judge.out();
    judge.check(stored);

    assertThat(found()).containsExactly(Kind.LOST);
  }

  @Test
  void seesAChangeThatComesTwice() {
    joined("created", null, 0);
    status("started");
    pin();
    pin();
    judge.out();
    judge.check(stored);

    assertThat(found()).containsExactly(Kind.LOST);
  }

  @Test
  void seesThatTheEndNeverCame() {
    joined("started", "m1", 0);
    slow();
    judge.check(stored);

    assertThat(found()).containsExactly(Kind.LOST, Kind.DIVERGED);
  }

  @Test
  void seesWhatComesOutsideTheRoom() {
    message("m1");
    judge.entering();
    status("started");

    assertThat(found()).containsExactly(Kind.STRAY, Kind.STRAY);
  }

  @Test
  void seesAMessageThatComesTwice() {
    joined("started", null, 0);
    message("m2");
    message("m2");

    assertThat(found()).containsExactly(Kind.DOUBLED);
  }

  @Test
  void seesADeletedMessageThatIsShownAgain() {
    String shown = "{\"status\":\"started\",\"slowMode\":1,\"recent\":[{\"id\":\"m1\"}]%s}";
    String pinned = ",\"pinned\":{\"id\":\"m1\",\"userId\":\"bob\"}";
    judge.joined(JSON.readTree(shown.formatted(pinned)), false);
    delete();
    judge.check(stored);
    assertThat(found()).as("it was deleted later").isEmpty();

    judge.joined(JSON.readTree(shown.formatted("")), false);
    judge.check(stored);
    assertThat(found()).containsExactly(Kind.DIVERGED);
  }

  @Test
  void seesAWrongCountOfViewersAndARoomThatIsDeaf() {
    joined("started", null, 0);
    message("m2");
    judge.checkViewers(3);
    judge.checkHeard("hi");
    assertThat(found()).isEmpty();
    push("live:viewer-count", "\"count\":2");
    judge.checkViewers(3);
    judge.checkHeard("ho");

    assertThat(found()).containsExactly(Kind.DIVERGED, Kind.LOST);
  }

  @Test
  void asksNothingOfThePastOfSomebodyWhoWasPutOut() {
    joined("created", null, 0);
    judge.banned();
    judge.joined(JSON.readTree("{\"status\":\"started\",\"slowMode\":1}"), true);
    judge.check(stored);

    assertThat(violations.found()).isEmpty();
  }

  @Test
  void seesALogWithAGapOrAnotherSumThanTheRow() {
    Stored.Stream gap =
        new Stored.Stream(StreamFacts.NEW, 2, List.of(2L), List.of(), Set.of(), Set.of());
    Stored.Stream behind =
        new Stored.Stream(StreamFacts.NEW, 1, List.of(), List.of(), Set.of(), Set.of());
    Stored.Stream other =
        new Stored.Stream(
            new StreamFacts("started", 0, null, null), 0, List.of(), List.of(), Set.of(), Set.of());
    StreamJudge.checkStored("s", gap, violations);
    StreamJudge.checkStored("s", behind, violations);
    StreamJudge.checkStored("s", other, violations);

    assertThat(found()).containsExactly(Kind.LOST, Kind.LOST, Kind.DIVERGED);
  }
}
