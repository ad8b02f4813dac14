package dev.realtime.gateway.live.rooms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.protocol.LiveEvent.LiveMessage;
import dev.realtime.gateway.protocol.LiveEvent.Moderated;
import dev.realtime.gateway.protocol.ModerationAction;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class LastMessagesTest {

  private final LastMessages last = new LastMessages(3);

  private static LiveMessage message(String id, String userId) {
    return new LiveMessage(id, "s1", userId, "hello", null, Instant.EPOCH);
  }

  private static Moderated done(ModerationAction action, String userId, String messageId) {
    return new Moderated("s1", action, userId, messageId, null, null, "host");
  }

  private void assertIds(String... ids) {
    assertThat(last.list()).extracting(LiveMessage::id).containsExactly(ids);
  }

  @Test
  void keepsTheNewestInTheOrderOfTheirIds() {
    last.remember(List.of(message("2", "a"), message("1", "a")));
    last.add(message("4", "a"));
    last.add(message("3", "a"));
    assertIds("2", "3", "4");
  }

  @Test
  void takesEachOnce() {
    last.add(message("1", "a"));
    last.remember(List.of(message("1", "a")));
    assertIds("1");
  }

  @Test
  void forgetsWhatIsDeletedOrPurged() {
    last.remember(List.of());
    last.add(message("1", "a"));
    last.add(message("2", "b"));
    last.add(message("3", "b"));
    last.moderate(done(ModerationAction.DELETE, "", "1"));
    assertIds("2", "3");
    last.moderate(done(ModerationAction.PURGE, "b", ""));
    assertIds();
  }

  @Test
  void bringNothingBackThatIsDeletedWhileTheyAreRead() {
    last.moderate(done(ModerationAction.DELETE, "", "1"));
    last.moderate(done(ModerationAction.PURGE, "b", ""));
    last.remember(List.of(message("1", "a"), message("2", "b"), message("3", "a")));
    assertIds("3");
  }

  @Test
  void stayTheSameAtAnyOtherAction() {
    last.remember(List.of(message("1", "a")));
    last.moderate(done(ModerationAction.MUTE, "a", "1"));
    assertIds("1");
  }
}
