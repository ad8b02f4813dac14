package dev.realtime.gateway.chat;

import static dev.realtime.gateway.chat.Rosters.change;
import static dev.realtime.gateway.chat.Rosters.changesNothing;
import static dev.realtime.gateway.chat.Rosters.direct;
import static dev.realtime.gateway.chat.Rosters.group;
import static dev.realtime.gateway.chat.Rosters.refuses;
import static dev.realtime.gateway.chat.Rosters.roles;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.chat.Roster.Change;
import dev.realtime.gateway.chat.Roster.Difference;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.protocol.Role;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the platform may do to a roster: put, remove, replace; and what is told of it. */
class RosterReplacementTest {

  /** Alice is the admin; bob has been in the chat longer than carol. */
  private final Roster roster = group("alice*", "bob", "carol");

  @Test
  void replacesADirectPairByItselfAlone() {
    Roster direct = direct();

    direct.replaceBy(roles("bob*", "alice"));

    changesNothing(direct);
    refuses(() -> direct.replaceBy(roles("alice", "carol")), ErrorCode.CONFLICT, "memberIds");
    refuses(() -> direct.replaceBy(roles("alice")), ErrorCode.CONFLICT, "memberIds");
  }

  @Test
  void letsThePlatformPutAndRemoveMembers() {
    roster.put("dave", null);
    roster.put("erin", Role.ADMIN);
    roster.put("bob", Role.ADMIN);
    roster.remove("carol");

    assertThat(roster.changes())
        .containsExactly(
            change("dave", MemberAction.ADD),
            change("erin", MemberAction.ADD),
            change("erin", MemberAction.PROMOTE),
            change("bob", MemberAction.PROMOTE),
            change("carol", MemberAction.REMOVE));
    assertThat(roster.difference())
        .isEqualTo(new Difference(Set.of("carol"), roles("dave", "erin*"), roles("bob*")));
  }

  @Test
  void keepsAnAdminWhateverThePlatformRemoves() {
    roster.remove("alice");
    roster.put("bob", Role.MEMBER);

    assertThat(roster.changes())
        .containsExactly(
            change("alice", MemberAction.REMOVE),
            change("bob", MemberAction.PROMOTE),
            change("bob", MemberAction.DEMOTE),
            change("carol", MemberAction.PROMOTE));
  }

  @Test
  void replacesTheMembers() {
    roster.replaceBy(roles("bob*", "dave", "erin*", "alice"));

    assertThat(roster.changes())
        .containsExactly(
            change("carol", MemberAction.REMOVE),
            change("dave", MemberAction.ADD),
            change("erin", MemberAction.ADD),
            change("erin", MemberAction.PROMOTE),
            change("bob", MemberAction.PROMOTE),
            change("alice", MemberAction.DEMOTE));
    assertThat(roster.difference())
        .isEqualTo(new Difference(Set.of("carol"), roles("dave", "erin*"), roles("bob*", "alice")));
  }

  @Test
  void makesTheOldestMemberAdminWhereAReplacementNamesNone() {
    roster.replaceBy(roles("dave", "bob"));

    assertThat(roster.changes())
        .containsExactly(
            change("alice", MemberAction.REMOVE),
            change("carol", MemberAction.REMOVE),
            change("dave", MemberAction.ADD),
            change("bob", MemberAction.PROMOTE));
    assertThat(roster.difference())
        .isEqualTo(new Difference(Set.of("alice", "carol"), roles("dave"), roles("bob*")));
  }

  @Test
  void isQuietWhenAReplacementThatNamesNoAdminIsRepeated() {
    Roster later = group("bob", "alice*");

    later.replaceBy(roles("alice", "bob"));

    assertThat(later.changes())
        .containsExactly(change("alice", MemberAction.DEMOTE), change("bob", MemberAction.PROMOTE));
    Roster again = group("bob*", "alice");
    again.replaceBy(roles("alice", "bob"));
    changesNothing(again);
  }

  @Test
  void replacesByNobody() {
    roster.replaceBy(Map.of());

    assertThat(roster.changes())
        .containsExactly(
            change("alice", MemberAction.REMOVE),
            change("bob", MemberAction.REMOVE),
            change("carol", MemberAction.REMOVE));
  }

  /** Whoever replays the changes, and whoever writes the difference, ends with the same members. */
  @Test
  void tellsOneStoryInChangesAndInTheDifference() {
    List<String> names = List.of("alice", "bob", "carol", "dave");
    for (int seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      Map<String, Role> stored = roles("alice*", "bob", "carol");
      Roster changed = new Roster(ChatType.GROUP, stored);
      for (int step = 0; step < 6; step++) {
        step(changed, random, names.get(random.nextInt(names.size())));
      }
      assertThat(replayed(stored, changed.changes()))
          .as("seed %d: %s", seed, changed.changes())
          .isEqualTo(written(stored, changed.difference()));
    }
  }

  private static void step(Roster roster, Random random, String name) {
    switch (random.nextInt(4)) {
      case 0 -> roster.put(name, null);
      case 1 -> roster.put(name, Role.ADMIN);
      case 2 -> roster.put(name, Role.MEMBER);
      default -> roster.remove(name);
    }
  }

  private static Map<String, Role> replayed(Map<String, Role> stored, List<Change> changes) {
    Map<String, Role> members = new LinkedHashMap<>(stored);
    for (Change change : changes) {
      switch (change.action()) {
        case ADD, DEMOTE -> members.put(change.userId(), Role.MEMBER);
        case PROMOTE -> members.put(change.userId(), Role.ADMIN);
        case REMOVE -> members.remove(change.userId());
        case MUTE, UNMUTE -> throw new AssertionError("a mute is no change of the roster");
      }
    }
    return members;
  }

  private static Map<String, Role> written(Map<String, Role> stored, Difference difference) {
    Map<String, Role> members = new LinkedHashMap<>(stored);
    members.keySet().removeAll(difference.removed());
    members.putAll(difference.added());
    members.putAll(difference.assigned());
    return members;
  }
}
