package dev.realtime.gateway.faults.checker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.faults.checker.NotificationJudge.Listing;
import dev.realtime.gateway.faults.checker.Violations.Kind;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Notifications with planted faults, each of which the checker has to find. */
class PlantedNotificationsTest {

  private static final Listing LIST = new Listing(List.of("n5", "n4", "n3", "n1"), Set.of("n3"), 3);

  private final Violations violations = new Violations();
  private final NotificationJudge judge = new NotificationJudge("phone of ann", violations);

  /** The second has been replaced by the fourth, the third is read. */
  private final List<Stored.Notice> stored =
      List.of(
          new Stored.Notice("n1", 1, "a", null, false, false),
          new Stored.Notice("n2", 2, "b", "likes", false, true),
          new Stored.Notice("n3", 3, "c", null, true, false),
          new Stored.Notice("n4", 4, "d", "likes", false, false),
          new Stored.Notice("n5", 5, "e", null, false, false));

  @BeforeEach
  void connect() {
    judge.connected();
  }

  private List<Kind> found() {
    return violations.found().stream().map(Violations.Violation::kind).toList();
  }

  private void pushed(String... ids) {
    for (String id : ids) {
      judge.pushed(id, false);
    }
  }

  private void replayed(String... ids) {
    for (String id : ids) {
      judge.pushed(id, true);
    }
  }

  @Test
  void findsNothingWhereNothingIsWrong() {
    pushed("n1");
    judge.connected();
    pushed("n4");
    judge.resumed("n1");
    replayed("n3");
    pushed("n5");
    judge.check(stored);
    judge.check(LIST, stored);
    NotificationJudge.checkStored("ann", stored, violations);

    assertThat(judge.hasAll(stored)).isTrue();
    assertThat(violations.found()).isEmpty();
  }

  @Test
  void seesOneThatNeverCame() {
    pushed("n3", "n4", "n5");
    judge.check(stored);

    assertThat(judge.hasAll(stored)).isFalse();
    assertThat(found()).containsExactly(Kind.LOST);
  }

  @Test
  void seesAHoleBetweenPushes() {
    judge.listed("n4");
    pushed("n1", "n3", "n5");
    judge.check(stored);

    assertThat(found()).containsExactly(Kind.LOST);
  }

  @Test
  void seesOneThatComesTwiceOnAConnection() {
    judge.listed("n3");
    judge.listed("n4");
    judge.listed("n5");
    pushed("n1", "n1");
    judge.check(stored);

    assertThat(found()).containsExactly(Kind.DOUBLED, Kind.DOUBLED);
  }

  @Test
  void seesPushesOutOfOrder() {
    pushed("n1", "n4", "n3", "n5");
    judge.connected();
    pushed("n4", "n3");
    judge.check(stored);

    // The first of each connection: one was passed over, one came late.
    assertThat(found()).containsExactly(Kind.LOST, Kind.DISORDERED);
  }

  @Test
  void seesAHoleInAReplay() {
    pushed("n1", "n3");
    judge.connected();
    judge.resumed("n1");
    replayed("n4", "n5");
    judge.check(stored);

    assertThat(found()).containsExactly(Kind.LOST);
  }

  @Test
  void seesAReplayThatStopsEarly() {
    pushed("n1", "n3", "n4");
    judge.connected();
    judge.resumed("n1");
    replayed("n3");
    pushed("n5");
    judge.check(stored);

    assertThat(found()).containsExactly(Kind.LOST);
  }

  @Test
  void seesAReplayAfterWhatIsNewer() {
    pushed("n1");
    judge.connected();
    judge.resumed("n1");
    pushed("n3");
    replayed("n4");
    pushed("n5");
    judge.check(stored);

    assertThat(found()).contains(Kind.DISORDERED);
  }

  @Test
  void seesOneOfSomebodyElse() {
    pushed("n1", "n3", "n4", "n5", "other");
    judge.check(stored);

    assertThat(found()).contains(Kind.STRAY);
  }

  @Test
  void seesAListThatDiffers() {
    judge.check(new Listing(List.of("n5", "n4", "n3"), Set.of("n3"), 3), stored);
    judge.check(new Listing(LIST.ids(), Set.of(), 3), stored);
    judge.check(new Listing(LIST.ids(), LIST.read(), 2), stored);

    assertThat(found()).containsExactly(Kind.DIVERGED, Kind.DIVERGED, Kind.DIVERGED);
  }

  @Test
  void seesWhatIsStoredWrongly() {
    NotificationJudge.checkStored("ann", stored.subList(1, 5), violations);
    NotificationJudge.checkStored(
        "ann", List.of(new Stored.Notice("n1", 1, "a", null, false, true)), violations);
    NotificationJudge.checkStored(
        "ann",
        List.of(
            new Stored.Notice("n1", 1, "a", "likes", false, false),
            new Stored.Notice("n2", 2, "b", "likes", false, false)),
        violations);

    assertThat(found()).containsExactly(Kind.LOST, Kind.DIVERGED, Kind.DIVERGED);
  }
}
