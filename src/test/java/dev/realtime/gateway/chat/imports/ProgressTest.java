package dev.realtime.gateway.chat.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.realtime.gateway.protocol.ChatCommand.SendMessage;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ProgressTest {

  private static final Instant START = Instant.parse("2020-01-01T00:00:00Z");

  private static PastMessage message(int number) {
    String tempId = "m" + number;
    return PastMessage.of(
        "a",
        new SendMessage("chat", "text", tempId, null, null, null, null),
        START.plusSeconds(number),
        null);
  }

  private static List<PastMessage> line(int... numbers) {
    return IntStream.of(numbers).mapToObj(ProgressTest::message).toList();
  }

  private static List<Progress.Stored> stored(int... numbers) {
    return IntStream.range(0, numbers.length)
        .mapToObj(i -> {
          PastMessage message = message(numbers[i]);
          return new Progress.Stored(message.id(), i + 1, message.createdAt());
        })
        .toList();
  }

  private static void assertConflict(
      Progress progress, List<PastMessage> messages, List<Progress.Stored> stored) {
    assertThatExceptionOfType(GatewayException.class)
        .isThrownBy(() -> progress.missing(messages, stored))
        .satisfies(refusal -> {
          assertThat(refusal.code()).isEqualTo(ErrorCode.CONFLICT);
          assertThat(refusal.field()).isEqualTo("messages");
        });
  }

  @Test
  void addsEverythingToAnEmptyChat() {
    assertThat(new Progress(0, 0, 0).missing(line(1, 2), List.of()))
        .extracting(each -> each.draft().tempId())
        .containsExactly("m1", "m2");
  }

  @Test
  void addsWhatFollowsTheStoredMessages() {
    assertThat(new Progress(2, 5, 2).missing(line(1, 2, 3), stored(1, 2)))
        .extracting(each -> each.draft().tempId())
        .containsExactly("m3");
  }

  @Test
  void addsWhatFollowsTheLastMessageOfTheChat() {
    Progress.Stored last = stored(1, 2).getLast();

    assertThat(new Progress(2, 2, 2).missing(line(3, 4), List.of(last))).hasSize(2);
  }

  @Test
  void addsNothingWhereEverythingIsStored() {
    assertThat(new Progress(9, 9, 2).missing(line(1, 2), stored(1, 2))).isEmpty();
  }

  @Test
  void addsNothingBehindAMessageThatWasSent() {
    assertConflict(new Progress(3, 3, 2), line(1, 2, 3), stored(1, 2));
  }

  @Test
  void addsNothingBetweenStoredMessages() {
    assertConflict(new Progress(2, 2, 2), line(1, 2, 3), stored(1, 3));
  }

  @Test
  void leavesNoGapBehindKnownMessages() {
    List<Progress.Stored> stored = stored(1, 2, 3);

    assertConflict(new Progress(3, 3, 3), line(2, 4), List.of(stored.get(1), stored.getLast()));
  }

  @Test
  void addsNothingOlderThanTheLastMessage() {
    assertConflict(new Progress(1, 1, 1), line(1), stored(2));
  }

  @Test
  void countsWhatWasAdded() {
    assertThat(new Progress(2, 5, 2).plus(3)).isEqualTo(new Progress(5, 8, 5));
  }
}
