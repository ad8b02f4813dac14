package dev.realtime.gateway.store.idempotency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class FingerprintTest {

  @Test
  void isHalfTheSha256OfTheText() {
    assertThat(Fingerprint.of("abc"))
        .isEqualTo(UUID.fromString("ba7816bf-8f01-cfea-4141-40de5dae2223"));
  }

  @Test
  void tellsTextsApartByTheirPlaces() {
    assertThat(Fingerprint.of("a", null)).isEqualTo(Fingerprint.of("a", ""));
    assertThat(Fingerprint.of("a", "b"))
        .isNotEqualTo(Fingerprint.of("b", "a"))
        .isNotEqualTo(Fingerprint.of("ab", ""))
        .isNotEqualTo(Fingerprint.of("", "ab"));
  }
}
