package dev.realtime.gateway.faults.checker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.faults.checker.Promises.Subject;
import dev.realtime.gateway.faults.checker.Violations.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

/** Answers and states with planted faults, each of which the checker has to find. */
class PlantedStatesTest {

  private final Violations violations = new Violations();
  private final Promises promises = new Promises();

  private List<Kind> found() {
    return violations.found().stream().map(Violations.Violation::kind).toList();
  }

  @Test
  void seesANumberThatIsMissing() {
    SortedMap<Long, Copy> messages = Example.state();
    messages.remove(2L);
    Comparison.gapless("c", Example.stored(messages, 4, 8), violations);
    Comparison.gapless("c", Example.stored(Example.state(), 5, 8), violations);

    assertThat(found()).containsExactly(Kind.LOST, Kind.LOST);
  }

  @Test
  void seesAcknowledgedWritesThatAreNotStored() {
    promises.sent("c", "m9", 9, "t9");
    promises.read("c", "ann", 7);
    promises.told("ann", "n1");
    promises.read("ann", List.of("n2"));
    promises.asks(new Subject("words", "c", "m1", ""), "edited").run();
    promises.asks(new Subject("deleted", "c", "m1", ""), "yes").run();
    promises.asks(new Subject("reaction", "c", "m1", "ann y"), "there").run();
    promises.asks(new Subject("member", "c", "", "ann"), "there").run();
    promises.check(
        new Stored(Map.of("c", Example.stored(Example.state(), 4, 8)), Map.of(), Map.of()),
        violations);

    assertThat(found()).hasSize(8).containsOnly(Kind.LOST);
  }

  @Test
  void seesWritesThatAreStoredTwice() {
    promises.sent("c", "m1", 1, "t1");
    promises.told("ann", "n1");
    Stored.Chat chat = Example.stored(Example.state(), 4, 8);
    chat.ids().put("t1", List.of(1L, 2L));
    List<Stored.Notice> twice =
        List.of(
            new Stored.Notice("1", 1, "n1", null, false, false),
            new Stored.Notice("2", 2, "n1", null, false, false));
    promises.check(new Stored(Map.of("c", chat), Map.of(), Map.of("ann", twice)), violations);

    assertThat(found()).containsExactly(Kind.DOUBLED, Kind.DOUBLED);
  }

  @Test
  void takesEitherOutcomeOfAWriteThatWasNotAcknowledged() {
    promises.asks(new Subject("words", "c", "m1", ""), "acknowledged").run();
    var unknown = promises.asks(new Subject("words", "c", "m1", ""), "hi");
    promises.asks(new Subject("deleted", "c", "m1", ""), "yes");
    promises.check(
        new Stored(Map.of("c", Example.stored(Example.state(), 4, 8)), Map.of(), Map.of()),
        violations);

    assertThat(unknown).isNotNull();
    assertThat(violations.found()).isEmpty();
  }

  @Test
  void seesAcknowledgedModerationThatIsNotStored() {
    Stored.Stream stream =
        new Stored.Stream(StreamFacts.NEW, 0, List.of(), List.of(), Set.of("eve"), Set.of());
    promises.asks(new Subject("status", "s", "", ""), "started").run();
    promises.asks(new Subject("pin", "s", "m1", ""), "yes").run();
    promises.asks(new Subject("delete", "s", "m1", ""), "yes").run();
    promises.asks(new Subject("ban", "s", "", "eve"), "gone").run();
    promises.asks(new Subject("ban", "s", "", "ann"), "there").run();
    promises.check(new Stored(Map.of(), Map.of("s", stream), Map.of()), violations);

    assertThat(found()).hasSize(5).containsOnly(Kind.LOST);
  }

  @Test
  void seesWhatIsLeftBehind() {
    assertThat(new Remains(List.of(), List.of(), 0, 0, 0).leftovers()).isEmpty();
    assertThat(new Remains(List.of("room:chat:c"), List.of(), 0, 0, 0).leftovers()).hasSize(1);
    assertThat(new Remains(List.of(), List.of("viewers"), 0, 0, 0).leftovers()).hasSize(1);
    assertThat(new Remains(List.of(), List.of(), 1, 0, 0).leftovers()).hasSize(1);
    assertThat(new Remains(List.of(), List.of(), 0, 1, 0).leftovers()).hasSize(1);
    assertThat(new Remains(List.of(), List.of(), 0, 0, 1).leftovers()).hasSize(1);
  }

  @Test
  void seesCommandsWithoutAnswerAndWithTwo() {
    Answers answers = new Answers("phone", Duration.ofSeconds(12), violations);
    answers.asked("1", "chat:message", 0);
    answers.asked("2", "chat:edit", Duration.ofSeconds(2).toNanos());
    assertThat(answers.overdue(Duration.ofSeconds(11).toNanos())).isFalse();
    assertThat(answers.overdue(Duration.ofSeconds(13).toNanos())).isTrue();
    answers.replied("1", "");
    answers.replied("1", "");
    answers.replied("2", "unavailable");

    assertThat(found()).containsExactly(Kind.UNANSWERED, Kind.DOUBLED);
  }

  @Test
  void forgivesNoFaultOfTheGateway() {
    Answers answers = new Answers("phone", Duration.ofSeconds(12), violations);
    answers.asked("1", "chat:message", 0);
    answers.asked("2", "chat:edit", 0);
    answers.replied("1", "internal");
    answers.closed();

    assertThat(answers.overdue(Duration.ofMinutes(1).toNanos())).isFalse();
    assertThat(found()).containsExactly(Kind.INTERNAL);
  }
}
