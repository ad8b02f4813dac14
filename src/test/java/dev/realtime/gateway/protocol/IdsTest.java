package dev.realtime.gateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdsTest {

  private static final String LONGEST = "x".repeat(128);

  @ParameterizedTest
  @ValueSource(strings = {"a", "user 1", "ünï", "\uD83D\uDE00", "00000000-0000-0000"})
  void acceptsAnyCharacters(String id) {
    assertThat(Ids.check("userId", id)).isEqualTo(id);
    assertThat(Ids.isValid(LONGEST)).isTrue();
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {"", "a\u0000", "a\nb", "\u0085", "\uD83D", "a\uDE00", "gateway:warm-up:3"})
  void refusesWhatIsNoId(@Nullable String id) {
    assertThatThrownBy(() -> Ids.check("userId", id))
        .isInstanceOfSatisfying(
            GatewayException.class,
            refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.BAD_REQUEST));
    assertThat(Ids.isValid(LONGEST + "x")).isFalse();
  }
}
