package dev.realtime.gateway.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.realtime.gateway.chat.Roster.Change;
import dev.realtime.gateway.chat.Roster.Difference;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.protocol.Role;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class RosterTest {

  /** Alice is the admin; bob has been in the chat longer than carol. */
  private final Roster roster = group("alice*", "bob", "carol");

  /** A group of these members, of whom those with a star are admins. */
  private static Roster group(String... names) {
    return new Roster(ChatType.GROUP, roles(names));
  }

  private static Roster direct() {
    return new Roster(ChatType.DIRECT, roles("alice", "bob"));
  }

  private static Map<String, Role> roles(String... names) {
    Map<String, Role> roles = new LinkedHashMap<>();
    for (String name : names) {
      roles.put(name.replace("*", ""), name.endsWith("*") ? Role.ADMIN : Role.MEMBER);
    }
    return roles;
  }

  private static void refuses(Runnable change, ErrorCode code) {
    refuses(change, code, null);
  }

  private static void refuses(Runnable change, ErrorCode code, @Nullable String field) {
    assertThatExceptionOfType(GatewayException.class)
        .isThrownBy(change::run)
        .satisfies(refusal -> {
          assertThat(refusal.code()).isEqualTo(code);
          assertThat(refusal.field()).isEqualTo(field);
        });
  }

  private static void changesNothing(Roster roster) {
    assertThat(roster.changes()).isEmpty();
    assertThat(roster.difference()).isEqualTo(new Difference(Set.of(), Map.of(), Map.of()));
  }

  private static Change change(String userId, MemberAction action) {
    return new Change(userId, action);
  }

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

  @ParameterizedTest
  @EnumSource(
      value = MemberAction.class,
      names = {"MUTE", "UNMUTE"})
  void letsEachMemberMuteForThemselvesAlone(MemberAction action) {
    roster.change("bob", "bob", action);

    changesNothing(roster);
    refuses(() -> roster.change("alice", "bob", action), ErrorCode.FORBIDDEN);
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
  void replacesADirectPairByItselfAlone() {
    Roster direct = direct();

    direct.replaceBy(roles("bob*", "alice"));

    changesNothing(direct);
    refuses(() -> direct.replaceBy(roles("alice", "carol")), ErrorCode.CONFLICT, "memberIds");
    refuses(() -> direct.replaceBy(roles("alice")), ErrorCode.CONFLICT, "memberIds");
  }

  @Test
  void mutesADirectChat() {
    Roster direct = direct();

    direct.change("alice", "alice", MemberAction.MUTE);

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
  void makesTheFirstMemberAdminWhereAReplacementNamesNone() {
    roster.replaceBy(roles("dave", "bob"));

    assertThat(roster.changes())
        .containsExactly(
            change("alice", MemberAction.REMOVE),
            change("carol", MemberAction.REMOVE),
            change("dave", MemberAction.ADD),
            change("dave", MemberAction.PROMOTE));
    assertThat(roster.difference())
        .isEqualTo(new Difference(Set.of("alice", "carol"), roles("dave*"), Map.of()));
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
