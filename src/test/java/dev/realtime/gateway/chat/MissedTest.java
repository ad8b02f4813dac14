package dev.realtime.gateway.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.chat.ChatRepository.Missed;
import dev.realtime.gateway.protocol.ChatState;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.Position;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MissedTest {

  private static final int LIMIT = 10;

  /** A chat whose last message is number 100 and whose last change has the rev 200. */
  private static final ChatState CHAT =
      new ChatState("chat", ChatType.GROUP, null, null, 100, 200L, 0L, 100L, 2, null, null);

  private static boolean isReplayable(Missed missed, long seq, @Nullable Long rev) {
    return missed.isReplayable(CHAT, new Position(seq, rev), LIMIT);
  }

  private static Missed changed(long messages) {
    return new Missed(messages, false);
  }

  @Test
  void isReplayedUpToTheLimit() {
    assertThat(isReplayable(changed(0), 100, 200L)).isTrue();
    assertThat(isReplayable(changed(0), 90, 100L)).isTrue();
    assertThat(isReplayable(changed(0), 89, 100L)).isFalse();
    assertThat(isReplayable(changed(LIMIT), 90, 100L)).isTrue();
    assertThat(isReplayable(changed(LIMIT + 1), 90, 100L)).isFalse();
  }

  @Test
  void needsNoRev() {
    assertThat(isReplayable(changed(0), 95, null)).isTrue();
  }

  @Test
  void isNotReplayedFromDataThatIsLost() {
    assertThat(isReplayable(changed(0), 101, null)).isFalse();
    assertThat(isReplayable(changed(0), 100, 201L)).isFalse();
  }

  @Test
  void isNotReplayedFromAnEarlierChatOfTheId() {
    assertThat(isReplayable(new Missed(0, true), 100, 200L)).isFalse();
  }
}
