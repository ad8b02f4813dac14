package dev.realtime.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TurnTest {

  private static WebhookEvent event(int position, int bytes, int attempts) {
    return new WebhookEvent(
        position,
        new UUID(0, position),
        "t",
        "s",
        "x".repeat(bytes),
        Instant.EPOCH,
        Instant.EPOCH,
        attempts,
        0);
  }

  private static List<WebhookEvent> events(int count) {
    return IntStream.rangeClosed(1, count).mapToObj(position -> event(position, 10, 0)).toList();
  }

  @Test
  void sendsOneByOneUnlessToldOtherwise() {
    Turn turn = new Turn(events(3), 1);

    for (int position = 1; position <= 3; position++) {
      List<WebhookEvent> next = turn.next();
      assertThat(next).extracting(WebhookEvent::position).containsExactly((long) position);
      turn.accepted(next);
    }
    assertThat(turn.isOver()).isTrue();
  }

  @Test
  void closesInOnTheEventThatIsRefused() {
    Turn turn = new Turn(events(100), 100);
    List<Integer> sizes = new ArrayList<>();
    List<Long> accepted = new ArrayList<>();
    while (!turn.isOver()) {
      List<WebhookEvent> next = turn.next();
      sizes.add(next.size());
      boolean refused = next.stream().anyMatch(event -> event.position() == 40);
      if (!refused) {
        next.forEach(event -> accepted.add(event.position()));
        turn.accepted(next);
      } else if (next.size() > 1) {
        turn.narrow(next);
      } else {
        turn.drop(next);
      }
    }

    assertThat(accepted)
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, 100)
                .filter(position -> position != 40)
                .mapToObj(Long::valueOf)
                .toList());
    assertThat(sizes).startsWith(100, 50, 25).hasSizeLessThan(30);
  }

  @Test
  void keepsARequestBelowItsBytes() {
    int third = Turn.BYTES / 3;
    Turn turn =
        new Turn(List.of(event(1, third, 0), event(2, third, 0), event(3, third * 2, 0)), 9);

    assertThat(turn.next()).hasSize(2);
  }

  @Test
  void sendsAnEventOfAnySizeAlone() {
    Turn turn = new Turn(List.of(event(1, Turn.BYTES * 2, 0), event(2, 1, 0)), 9);

    assertThat(turn.next()).hasSize(1);
  }

  @Test
  void sendsAloneWhatHasFailed() {
    Turn turn = new Turn(List.of(event(1, 1, 1), event(2, 1, 0), event(3, 1, 0)), 9);

    List<WebhookEvent> first = turn.next();
    assertThat(first).hasSize(1);
    turn.accepted(first);
    assertThat(turn.next()).hasSize(2);
  }
}
