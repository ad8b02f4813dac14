package dev.realtime.gateway.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.realtime.gateway.chat.AppendStatement.Outcome;
import org.junit.jupiter.api.Test;

class AppendStatementTest {

  @Test
  void knowsTheWordsOfTheFunction() {
    assertThat(Outcome.of("appended")).isEqualTo(Outcome.APPENDED);
    assertThat(Outcome.of("encryption_required")).isEqualTo(Outcome.ENCRYPTION_REQUIRED);
  }

  @Test
  void failsAtAnUnknownWordAndNamesIt() {
    assertThatThrownBy(() -> Outcome.of("frozen"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("frozen");
  }
}
