package dev.realtime.gateway.chat.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.realtime.gateway.chat.ChatPlan;
import dev.realtime.gateway.protocol.ChatCommand.SendMessage;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Role;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ImportedChatTest {

  private static final Instant TIME = Instant.parse("2020-01-01T00:00:00Z");

  private static PastMessage message(String tempId, @Nullable String replyTo, Instant createdAt) {
    String reply = replyTo == null ? null : PastMessage.idOf("chat", replyTo).toString();
    return PastMessage.of(
        "a", new SendMessage("chat", "text", tempId, reply, null, null, null), createdAt, null);
  }

  private static ImportedChat chat(Map<String, Integer> unread, PastMessage... messages) {
    ChatPlan plan = new ChatPlan("chat", ChatType.GROUP, null, null, Map.of("a", Role.MEMBER));
    return new ImportedChat("chat", plan, null, List.of(messages), unread);
  }

  private static void assertRefused(String field, Runnable made) {
    assertThatExceptionOfType(GatewayException.class)
        .isThrownBy(made::run)
        .satisfies(refusal -> assertThat(refusal.field()).isEqualTo(field));
  }

  @Test
  void refusesANegativeCountOfUnreadMessages() {
    assertRefused("unread", () -> chat(Map.of("a", -5)));
  }

  @Test
  void refusesAnIdThatStandsTwice() {
    assertRefused(
        "messages", () -> chat(Map.of(), message("m1", null, TIME), message("m1", null, TIME)));
  }

  @Test
  void refusesAnOlderMessageBehindANewerOne() {
    PastMessage newer = message("m1", null, TIME.plusSeconds(1));

    assertRefused("messages", () -> chat(Map.of(), newer, message("m2", null, TIME)));
  }

  @Test
  void namesTheRepliesToMessagesOfEarlierParts() {
    ImportedChat chat =
        chat(
            Map.of(),
            message("m3", "m1", TIME),
            message("m4", "m3", TIME),
            message("m5", "m5", TIME));

    assertThat(chat.earlierReplies())
        .containsExactlyInAnyOrder(PastMessage.idOf("chat", "m1"), PastMessage.idOf("chat", "m5"));
  }

  @Test
  void givesAMessageTheSameIdEachTime() {
    assertThat(PastMessage.idOf("chat", "m1"))
        .isEqualTo(PastMessage.idOf("chat", "m1"))
        .isNotEqualTo(PastMessage.idOf("chat", "m2"))
        .isNotEqualTo(PastMessage.idOf("other", "m1"))
        .satisfies(id -> assertThat(id.version()).isEqualTo(8));
  }
}
