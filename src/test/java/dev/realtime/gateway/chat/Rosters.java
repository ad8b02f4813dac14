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
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Rosters to try the rules on, and what is checked of them. */
final class Rosters {

  private Rosters() {}

  /** A group of these members, of whom those with a star are admins. */
  static Roster group(String... names) {
    return new Roster(ChatType.GROUP, roles(names));
  }

  static Roster direct() {
    return new Roster(ChatType.DIRECT, roles("alice", "bob"));
  }

  static Map<String, Role> roles(String... names) {
    Map<String, Role> roles = new LinkedHashMap<>();
    for (String name : names) {
      roles.put(name.replace("*", ""), name.endsWith("*") ? Role.ADMIN : Role.MEMBER);
    }
    return roles;
  }

  static void refuses(Runnable change, ErrorCode code) {
    refuses(change, code, null);
  }

  static void refuses(Runnable change, ErrorCode code, @Nullable String field) {
    assertThatExceptionOfType(GatewayException.class)
        .isThrownBy(change::run)
        .satisfies(refusal -> {
          assertThat(refusal.code()).isEqualTo(code);
          assertThat(refusal.field()).isEqualTo(field);
        });
  }

  static void changesNothing(Roster roster) {
    assertThat(roster.changes()).isEmpty();
    assertThat(roster.difference()).isEqualTo(new Difference(Set.of(), Map.of(), Map.of()));
  }

  static Change change(String userId, MemberAction action) {
    return new Change(userId, action);
  }
}
