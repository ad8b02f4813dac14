package dev.realtime.gateway.chat.changes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.realtime.gateway.chat.changes.MessageReactions.Tally;
import dev.realtime.gateway.protocol.ChatEvent.ReactionAction;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Role;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The rules of changing a stored message: bob's, seen by one of the members. */
class FoundMessageTest {

  private static FoundMessage plain(String userId, Role role) {
    return new FoundMessage(new UUID(0, 1), 7, "bob", false, false, false, userId, role);
  }

  private static FoundMessage encrypted() {
    return new FoundMessage(new UUID(0, 1), 7, "bob", false, false, true, "bob", Role.MEMBER);
  }

  private static FoundMessage deleted() {
    return new FoundMessage(new UUID(0, 1), 7, "bob", false, true, true, "bob", Role.MEMBER);
  }

  private static FoundMessage system() {
    return new FoundMessage(new UUID(0, 1), 7, "bob", true, false, false, "bob", Role.ADMIN);
  }

  private static void permits(Runnable check) {
    assertThatCode(check::run).doesNotThrowAnyException();
  }

  private static void refuses(Runnable check, ErrorCode code, @Nullable String field) {
    assertThatExceptionOfType(GatewayException.class)
        .isThrownBy(check::run)
        .satisfies(refusal -> {
          assertThat(refusal.code()).isEqualTo(code);
          assertThat(refusal.field()).isEqualTo(field);
        });
  }

  @Test
  void isEditedByItsSenderAlone() {
    permits(() -> plain("bob", Role.MEMBER).requireEditable(false));
    refuses(() -> plain("alice", Role.ADMIN).requireEditable(false), ErrorCode.FORBIDDEN, null);
    refuses(() -> system().requireEditable(false), ErrorCode.FORBIDDEN, null);
  }

  @Test
  void isNotEditedOnceDeleted() {
    refuses(() -> deleted().requireEditable(true), ErrorCode.CONFLICT, null);
    refuses(() -> deleted().requireEditable(false), ErrorCode.CONFLICT, null);
  }

  @Test
  void staysEncryptedOrPlain() {
    permits(() -> encrypted().requireEditable(true));
    refuses(() -> encrypted().requireEditable(false), ErrorCode.BAD_REQUEST, "content");
    refuses(
        () -> plain("bob", Role.MEMBER).requireEditable(true), ErrorCode.BAD_REQUEST, "encrypted");
  }

  @Test
  void isDeletedByItsSenderOrAnAdmin() {
    permits(() -> plain("bob", Role.MEMBER).requireDeletable());
    permits(() -> plain("alice", Role.ADMIN).requireDeletable());
    permits(() -> deleted().requireDeletable());
    refuses(() -> plain("carol", Role.MEMBER).requireDeletable(), ErrorCode.FORBIDDEN, null);
  }

  @Test
  void takesReactionsUntilItIsDeleted() {
    permits(() -> plain("carol", Role.MEMBER).requirePresent());
    refuses(() -> deleted().requirePresent(), ErrorCode.CONFLICT, null);
  }

  @Test
  void countsEachUserOnceAReaction() {
    assertThat(new Tally(2, 0, true).isUnchangedBy(ReactionAction.ADDED)).isTrue();
    assertThat(new Tally(2, 0, false).isUnchangedBy(ReactionAction.REMOVED)).isTrue();
    assertThat(new Tally(2, 0, false).isUnchangedBy(ReactionAction.ADDED)).isFalse();
    assertThat(new Tally(2, 0, true).isUnchangedBy(ReactionAction.REMOVED)).isFalse();
    assertThat(new Tally(2, 0, false).after(ReactionAction.ADDED)).isEqualTo(3);
    assertThat(new Tally(2, 0, true).after(ReactionAction.REMOVED)).isEqualTo(1);
  }

  @Test
  void takesTwentyDifferentReactions() {
    assertThat(new Tally(0, 19, false).after(ReactionAction.ADDED)).isEqualTo(1);
    assertThat(new Tally(1, 20, false).after(ReactionAction.ADDED)).isEqualTo(2);
    refuses(() -> new Tally(0, 20, false).after(ReactionAction.ADDED), ErrorCode.CONFLICT, null);
  }
}
