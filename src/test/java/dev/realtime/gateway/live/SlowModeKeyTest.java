package dev.realtime.gateway.live;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The key under which Redis knows when a user last wrote. */
class SlowModeKeyTest {

  @Test
  void belongsToOneUserOfOneStream() {
    assertThat(SlowMode.key("a}:spoke:b", "c")).isNotEqualTo(SlowMode.key("a", "b}:spoke:c"));
    assertThat(SlowMode.key("a", "10:b}:spoke:c")).isNotEqualTo(SlowMode.key("a}:spoke:10:b", "c"));
  }
}
