package dev.realtime.gateway.faults.checker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.faults.checker.Violations.Kind;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** A checker that finds nothing proves nothing: it is seen to find each fault that is planted. */
class PlantedFramesTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Violations violations = new Violations();
  private final ChatJudge judge = new ChatJudge("c", "phone", "ann", violations);

  private List<Kind> found() {
    return violations.found().stream().map(Violations.Violation::kind).toList();
  }

  private void push(String event, String data) {
    judge.pushed(event, JSON.readTree("{\"chatId\":\"c\"," + data + "}"));
  }

  private void message(long seq, long rev, String further) {
    push(
        "chat:message",
        "\"id\":\"m%d\",\"seq\":%d,\"rev\":%d,\"senderId\":\"bob\",\"content\":\"hi\"%s"
            .formatted(seq, seq, rev, further));
  }

  private void message(long seq, long rev) {
    message(seq, rev, "");
  }

  private void replayed(long seq, long rev) {
    message(seq, rev, ",\"replayed\":true");
  }

  private void replayEnds(long seq, long rev) {
    push("chat:replayed", "\"seq\":%d,\"rev\":%d".formatted(seq, rev));
  }

  private void own(String action, long rev) {
    push(
        "chat:member",
        "\"rev\":%d,\"userId\":\"ann\",\"action\":\"%s\",\"by\":\"bob\"".formatted(rev, action));
  }

  /** In the room, with messages 1 and 2. */
  private void comeIn() {
    judge.resumed(2, 3);
    replayed(1, 3);
    replayed(2, 2);
    replayEnds(2, 3);
  }

  @Test
  void findsNothingWhereNothingIsWrong() {
    comeIn();
    message(3, 4);
    push("chat:edit", "\"messageId\":\"m3\",\"seq\":3,\"rev\":5,\"content\":\"ho\"");
    push(
        "chat:reaction",
        "\"messageId\":\"m1\",\"rev\":6,\"userId\":\"bob\",\"reaction\":\"x\","
            + "\"action\":\"added\",\"count\":1");
    judge.out("left");
    push("chat:unread", "\"unread\":1,\"lastSeq\":4");
    judge.resumed(4, 8);
    replayed(4, 7);
    push(
        "chat:changed",
        "\"rev\":8,\"replayed\":true,\"message\":{\"id\":\"m2\",\"seq\":2,\"rev\":8,"
            + "\"senderId\":\"bob\",\"deletedAt\":\"2026-01-01T00:00:00.000Z\"}");
    replayEnds(4, 8);
    own("remove", 9);
    own("add", 10);
    Comparison.compare("phone", judge, Example.stored(Example.state(), 4, 8), violations);

    assertThat(violations.found()).isEmpty();
    assertThat(judge.position()).isEqualTo(new ChatJudge.Position(4, 8));
    assertThat(judge.isIn()).isFalse();
  }

  @Test
  void seesALostMessage() {
    comeIn();
    message(4, 5);

    assertThat(found()).containsExactly(Kind.LOST, Kind.LOST);
  }

  @Test
  void seesALostChange() {
    comeIn();
    message(3, 5);

    assertThat(found()).containsExactly(Kind.LOST);
  }

  @Test
  void seesAMessageThatComesTwice() {
    comeIn();
    message(3, 4);
    message(3, 4);

    assertThat(found()).containsExactly(Kind.DOUBLED, Kind.DOUBLED);
  }

  @Test
  void seesMessagesOutOfOrder() {
    comeIn();
    message(3, 4);
    message(4, 5);
    message(3, 4);

    assertThat(found()).containsExactly(Kind.DISORDERED, Kind.DISORDERED);
  }

  @Test
  void seesWhatComesBeforeTheAck() {
    message(1, 1);

    assertThat(found()).containsExactly(Kind.STRAY);
  }

  @Test
  void seesWhatComesBeforeTheEndOfTheReplay() {
    judge.resumed(2, 2);
    replayed(1, 1);
    message(3, 3);

    assertThat(found()).contains(Kind.DISORDERED);
  }

  @Test
  void seesAReplayWithAHole() {
    judge.resumed(3, 3);
    replayed(1, 1);
    replayed(3, 3);
    replayEnds(3, 3);

    assertThat(found()).containsExactly(Kind.LOST);
  }

  @Test
  void seesAHoleInTheReplayOfAJoin() {
    comeIn();
    message(3, 4);
    judge.out("left");
    judge.joinedSince(5, 7);
    replayed(5, 7);
    replayEnds(5, 7);

    assertThat(judge.isWhole()).as("older messages may have changed").isFalse();
    assertThat(found()).containsExactly(Kind.LOST);
  }

  @Test
  void seesAReplayThatStopsEarly() {
    judge.resumed(2, 2);
    replayed(1, 1);
    replayEnds(2, 2);

    assertThat(found()).containsExactly(Kind.LOST);
  }

  @Test
  void seesWhatComesAfterALeave() {
    comeIn();
    judge.out("left");
    push("chat:typing", "\"userId\":\"bob\",\"isTyping\":true");

    assertThat(found()).containsExactly(Kind.STRAY);
  }

  @Test
  void seesWhatComesAfterARemoval() {
    comeIn();
    own("remove", 4);
    message(3, 5);

    assertThat(found()).containsExactly(Kind.STRAY);
  }

  @Test
  void seesARemovalThatComesTwice() {
    comeIn();
    own("remove", 4);
    own("remove", 4);

    assertThat(found()).containsExactly(Kind.DOUBLED);
  }

  @Test
  void seesARoomThatIsDeaf() {
    comeIn();
    message(3, 4);
    judge.joined(4, 5);
    judge.whole();
    message(5, 6);
    judge.joined(6, 7);

    // The first ack may have taken the place of what came while the replay ran.
    assertThat(found()).containsExactly(Kind.LOST);
  }

  @Test
  void seesAStateThatDiverges() {
    comeIn();
    SortedMap<Long, Copy> other = Example.state();
    other.put(1L, new Copy("m1", "bob", "something else", new TreeMap<>()));
    Comparison.compare("phone", judge, Example.stored(other, 2, 3), violations);

    assertThat(found()).containsOnly(Kind.DIVERGED);
    assertThat(violations.found().getFirst().what()).contains("something else");
  }

  @Test
  void seesAStateThatIsBehindAndMembersThatDiffer() {
    comeIn();
    Stored.Chat ahead = Example.stored(judge.replica().messages(), 3, 4);
    ahead.members().put("bob", "admin");
    Comparison.compare("phone", judge, ahead, violations);

    assertThat(found()).containsExactly(Kind.DIVERGED, Kind.DIVERGED);
  }
}
