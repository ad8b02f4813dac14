package dev.realtime.gateway.chat.changes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

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
}
