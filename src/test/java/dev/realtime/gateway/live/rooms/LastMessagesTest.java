package dev.realtime.gateway.live.rooms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.protocol.EncodedMessage;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.LiveEvent.LiveMessage;
import dev.realtime.gateway.protocol.LiveEvent.Moderated;
import dev.realtime.gateway.protocol.ModerationAction;
import dev.realtime.gateway.protocol.WireJson;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LastMessagesTest {

  private static final EnvelopeCodec CODEC = new EnvelopeCodec();

  private final AtomicInteger decoded = new AtomicInteger();
  private final LastMessages last = new LastMessages(3, this::decode);

  private LiveMessage decode(byte[] envelope) {
    decoded.incrementAndGet();
    return (LiveMessage) CODEC.decodeEvent(envelope);
  }

  private void add(String id, String userId) {
    last.add(CODEC.encode(message(id, userId)));
  }

  private static LiveMessage message(String id, String userId) {
    return new LiveMessage(id, "s1", userId, "hello", null, Instant.EPOCH);
  }

  private static Moderated done(ModerationAction action, String userId, String messageId) {
    return new Moderated("s1", action, userId, messageId, null, null, "host");
  }

  private void assertIds(String... ids) {
    List<String> json = last.list().stream().map(each -> each.json().getValue()).toList();
    assertThat(json)
        .extracting(each -> WireJson.mapper().readValue(each, LiveMessage.class).id())
        .containsExactly(ids);
  }

  @Test
  void keepsTheNewestInTheOrderOfTheirIds() {
    last.remember(List.of(message("2", "a"), message("1", "a")));
    add("4", "a");
    add("3", "a");
    assertIds("2", "3", "4");
  }

  @Test
  void decodesOnlyTheLatestWhenItIsAsked() {
    last.remember(List.of());
    for (int i = 1; i <= 9; i++) {
      add(String.valueOf(i), "a");
    }
    assertThat(decoded).hasValue(0);
    assertIds("7", "8", "9");
    assertIds("7", "8", "9");
    assertThat(decoded).hasValue(3);
  }

  /** Each join of a crowd would otherwise encode the whole list again. */
  @Test
  void encodesEachMessageOnce() {
    last.remember(List.of(message("1", "a"), message("2", "b")));
    List<EncodedMessage> before = last.list();
    add("3", "a");
    List<EncodedMessage> after = last.list();

    assertThat(after).hasSize(3);
    assertThat(after.get(0).json()).isSameAs(before.get(0).json());
    assertThat(after.get(1).json()).isSameAs(before.get(1).json());
  }

  @Test
  void countsTheCharactersOfWhatItHas() {
    String content = "x".repeat(4_000);
    LastMessages many = new LastMessages(50, this::decode);
    many.remember(List.of());
    for (int i = 10; i < 40; i++) {
      // The same message twice counts once, and a deleted one makes room again.
      for (int twice = 0; twice < 2; twice++) {
        many.add(CODEC.encode(new LiveMessage("m" + i, "s1", "a", content, null, Instant.EPOCH)));
      }
      many.moderate(done(ModerationAction.DELETE, "", "m" + (i - 1)));
      assertThat(many.list()).hasSize(1);
    }
    for (int i = 40; i < 60; i++) {
      many.add(CODEC.encode(new LiveMessage("m" + i, "s1", "a", content, null, Instant.EPOCH)));
    }
    assertThat(many.list()).hasSize(LastMessages.MOST_CHARACTERS / content.length());
  }

  @Test
  void decodesWhatIsTooLongToKeepEncoded() {
    String content = "\u4f60".repeat(4_000);
    LastMessages many = new LastMessages(50, this::decode);
    for (int i = 10; i < 60; i++) {
      many.add(CODEC.encode(new LiveMessage("m" + i, "s1", "a", content, null, Instant.EPOCH)));
    }
    assertThat(decoded.get()).isGreaterThan(20);
    assertThat(many.list()).hasSize(LastMessages.MOST_CHARACTERS / content.length());
  }

  @Test
  void deletesWhatIsNotDecodedYet() {
    last.remember(List.of());
    add("1", "a");
    add("2", "a");
    last.moderate(done(ModerationAction.DELETE, "", "1"));
    assertIds("2");
  }

  @Test
  void takesEachOnce() {
    add("1", "a");
    last.remember(List.of(message("1", "a")));
    assertIds("1");
  }

  @Test
  void forgetsWhatIsDeletedOrPurged() {
    last.remember(List.of());
    add("1", "a");
    add("2", "b");
    add("3", "b");
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
