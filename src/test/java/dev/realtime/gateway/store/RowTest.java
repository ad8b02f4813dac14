package dev.realtime.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RowTest {

  private enum Outcome {
    APPENDED,
    NOT_FOUND
  }

  @Test
  void readsTheWordsOfAnEnum() {
    assertThat(Row.constant("appended", Outcome.class)).isEqualTo(Outcome.APPENDED);
    assertThat(Row.constant("not_found", Outcome.class)).isEqualTo(Outcome.NOT_FOUND);
  }

  @Test
  void failsAtAnUnknownWordAndNamesIt() {
    assertThatThrownBy(() -> Row.constant("frozen", Outcome.class))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("frozen");
  }
}
