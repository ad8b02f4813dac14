package dev.realtime.gateway.chat;

import static dev.realtime.gateway.chat.Rosters.change;
import static dev.realtime.gateway.chat.Rosters.changesNothing;
import static dev.realtime.gateway.chat.Rosters.direct;
import static dev.realtime.gateway.chat.Rosters.group;
import static dev.realtime.gateway.chat.Rosters.refuses;
import static dev.realtime.gateway.chat.Rosters.roles;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.chat.Roster.Difference;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.protocol.Role;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class RosterTest {

  /** Alice is the admin; bob has been in the chat longer than carol. */
  private final Roster roster = group("alice*", "bob", "carol");

  @Test
  void letsAnAdminAdd() {
    roster.change("alice", "dave", MemberAction.ADD);

    assertThat(roster.changes()).containsExactly(change("dave", MemberAction.ADD));
    assertThat(roster.difference()).isEqualTo(new Difference(Set.of(), roles("dave"), Map.of()));
  }

  @Test
  void letsAnAdminRemove() {
    roster.change("alice", "bob", MemberAction.REMOVE);

    assertThat(roster.changes()).containsExactly(change("bob", MemberAction.REMOVE));
    assertThat(roster.difference()).isEqualTo(new Difference(Set.of("bob"), Map.of(), Map.of()));
  }

  @Test
  void letsAnAdminPromote() {
    roster.change("alice", "bob", MemberAction.PROMOTE);

    assertThat(roster.changes()).containsExactly(change("bob", MemberAction.PROMOTE));
    assertThat(roster.difference()).isEqualTo(new Difference(Set.of(), Map.of(), roles("bob*")));
  }

  @Test
  void letsAnAdminDemoteAnotherAdmin() {
    Roster two = group("alice*", "bob*");

    two.change("bob", "alice", MemberAction.DEMOTE);

    assertThat(two.changes()).containsExactly(change("alice", MemberAction.DEMOTE));
    assertThat(two.difference()).isEqualTo(new Difference(Set.of(), Map.of(), roles("alice")));
  }

  @ParameterizedTest
  @EnumSource(
      value = MemberAction.class,
      names = {"ADD", "REMOVE", "PROMOTE", "DEMOTE"})
  void refusesAnOrdinaryMember(MemberAction action) {
    refuses(() -> roster.change("bob", "carol", action), ErrorCode.FORBIDDEN);
    refuses(() -> roster.change("bob", "nobody", action), ErrorCode.FORBIDDEN);
    changesNothing(roster);
  }

  @ParameterizedTest
  @EnumSource(
      value = MemberAction.class,
      names = {"ADD", "PROMOTE", "DEMOTE"})
  void refusesAnOrdinaryMemberMoreThanLeaving(MemberAction action) {
    refuses(() -> roster.change("bob", "bob", action), ErrorCode.FORBIDDEN);
  }

  @ParameterizedTest
  @EnumSource(MemberAction.class)
  void refusesWhoeverIsNoMember(MemberAction action) {
    refuses(() -> roster.change("mallory", "bob", action), ErrorCode.FORBIDDEN);
    refuses(() -> roster.change("mallory", "mallory", action), ErrorCode.FORBIDDEN);
    changesNothing(roster);
  }

  @Test
  void letsAMemberLeave() {
    roster.change("bob", "bob", MemberAction.REMOVE);

    assertThat(roster.changes()).containsExactly(change("bob", MemberAction.REMOVE));
  }

  @Test
  void letsEachMemberMuteForThemselvesAlone() {
    Roster.requireSelf("bob", "bob");

    refuses(() -> Roster.requireSelf("alice", "bob"), ErrorCode.FORBIDDEN);
  }

  @Test
  void leavesWhatIsSoAlready() {
    roster.change("alice", "bob", MemberAction.ADD);
    roster.change("alice", "bob", MemberAction.DEMOTE);
    roster.change("alice", "alice", MemberAction.PROMOTE);
    roster.change("alice", "nobody", MemberAction.REMOVE);
    roster.put("bob", null);
    roster.put("bob", Role.MEMBER);
    roster.put("alice", null);
    roster.remove("nobody");
    roster.replaceBy(roles("carol", "alice*", "bob"));

    changesNothing(roster);
  }

  @ParameterizedTest
  @EnumSource(
      value = MemberAction.class,
      names = {"PROMOTE", "DEMOTE"})
  void findsNobodyToGiveARole(MemberAction action) {
    refuses(() -> roster.change("alice", "nobody", action), ErrorCode.NOT_FOUND, "userId");
  }

  @Test
  void promotesTheOldestMemberWhenTheLastAdminLeaves() {
    roster.change("alice", "alice", MemberAction.REMOVE);

    assertThat(roster.changes())
        .containsExactly(change("alice", MemberAction.REMOVE), change("bob", MemberAction.PROMOTE));
    assertThat(roster.difference())
        .isEqualTo(new Difference(Set.of("alice"), Map.of(), roles("bob*")));
  }

  @Test
  void promotesTheOldestOtherMemberWhenTheLastAdminIsDemoted() {
    Roster late = group("bob", "alice*");

    late.change("alice", "alice", MemberAction.DEMOTE);

    assertThat(late.changes())
        .containsExactly(change("alice", MemberAction.DEMOTE), change("bob", MemberAction.PROMOTE));
  }

  @Test
  void makesAnOnlyMemberAdminAgain() {
    Roster alone = group("alice*");

    alone.change("alice", "alice", MemberAction.DEMOTE);

    assertThat(alone.changes())
        .containsExactly(
            change("alice", MemberAction.DEMOTE), change("alice", MemberAction.PROMOTE));
    assertThat(alone.difference()).isEqualTo(new Difference(Set.of(), Map.of(), Map.of()));
  }

  @Test
  void promotesNobodyWhileThereIsAnotherAdmin() {
    Roster two = group("alice*", "bob", "carol*");

    two.change("alice", "alice", MemberAction.REMOVE);

    assertThat(two.changes()).containsExactly(change("alice", MemberAction.REMOVE));
  }

  @Test
  void promotesNobodyInAGroupThatHadNoAdmin() {
    Roster none = group("alice", "bob");

    none.change("alice", "alice", MemberAction.REMOVE);
    none.replaceBy(roles("bob", "carol"));

    assertThat(none.changes()).doesNotContain(change("bob", MemberAction.PROMOTE));
  }

  @Test
  void endsEmptyWhenTheLastMemberLeaves() {
    Roster alone = group("alice*");

    alone.change("alice", "alice", MemberAction.REMOVE);

    assertThat(alone.changes()).containsExactly(change("alice", MemberAction.REMOVE));
  }

  @ParameterizedTest
  @EnumSource(
      value = MemberAction.class,
      mode = Mode.EXCLUDE,
      names = {"MUTE", "UNMUTE"})
  void keepsTheMembersOfADirectChat(MemberAction action) {
    Roster direct = direct();

    refuses(() -> direct.change("alice", "bob", action), ErrorCode.CONFLICT);
    refuses(() -> direct.change("alice", "alice", action), ErrorCode.CONFLICT);
    refuses(() -> direct.put("carol", null), ErrorCode.CONFLICT);
    refuses(() -> direct.put("bob", Role.ADMIN), ErrorCode.CONFLICT);
    refuses(() -> direct.remove("bob"), ErrorCode.CONFLICT);
    refuses(() -> direct.remove("nobody"), ErrorCode.CONFLICT);
    changesNothing(direct);
  }

  @Test
  void holdsAThousandMembers() {
    String[] names =
        IntStream.range(0, 999).mapToObj(i -> i == 0 ? "u0*" : "u" + i).toArray(String[]::new);
    Roster full = group(names);

    full.change("u0", "last", MemberAction.ADD);

    refuses(() -> full.change("u0", "more", MemberAction.ADD), ErrorCode.CONFLICT);
    refuses(() -> full.put("more", Role.ADMIN), ErrorCode.CONFLICT);
    full.change("u0", "last", MemberAction.ADD);
    full.put("last", Role.ADMIN);
    full.change("u0", "u1", MemberAction.REMOVE);
    full.change("u0", "more", MemberAction.ADD);
  }
}
