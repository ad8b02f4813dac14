package dev.realtime.gateway.load;

import static dev.realtime.gateway.load.Sequence.Arrival.DUPLICATE;
import static dev.realtime.gateway.load.Sequence.Arrival.LATE;
import static dev.realtime.gateway.load.Sequence.Arrival.NEW;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SequenceTest {

  private final Sequence sequence = new Sequence(2);

  @Test
  void tellsLateFromTwice() {
    assertThat(IntStream.of(1, 2, 4, 3, 3, 4, 5).mapToObj(number -> sequence.note(0, number)))
        .containsExactly(NEW, NEW, NEW, LATE, DUPLICATE, DUPLICATE, NEW);
  }

  @Test
  void keepsLanesApart() {
    assertThat(sequence.note(0, 1)).isEqualTo(NEW);
    assertThat(sequence.note(1, 1)).isEqualTo(NEW);
    assertThat(sequence.hasLane(2)).isFalse();
  }

  @Test
  void forgetsWhatWasBeforeALongGap() {
    sequence.note(0, 1);
    sequence.note(0, 100);

    assertThat(sequence.note(0, 99)).isEqualTo(LATE);
    assertThat(sequence.note(0, 37)).isEqualTo(LATE);
    assertThat(sequence.note(0, 37)).isEqualTo(DUPLICATE);
  }

  @Test
  void markersAreFoundAndRead() {
    String text = Marker.text(0xABCDE, 7, 12345, 9_876_543_210_123L);
    byte[] frame = ("{\"content\":\"" + text + "xyz\"}").getBytes(StandardCharsets.UTF_8);

    int at = Marker.find(frame, frame.length, 3);

    assertThat(text).hasSize(Marker.LENGTH);
    assertThat(at).isEqualTo(12);
    assertThat(Marker.room(frame, at)).isEqualTo(0xABCDE);
    assertThat(Marker.lane(frame, at)).isEqualTo(7);
    assertThat(Marker.sequence(frame, at)).isEqualTo(12345);
    assertThat(Marker.due(frame, at)).isEqualTo(9_876_543_210_123L);
    assertThat(Marker.find(frame, frame.length - 10, 12)).isEqualTo(-1);
  }
}
