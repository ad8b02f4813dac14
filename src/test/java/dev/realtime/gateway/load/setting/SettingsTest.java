package dev.realtime.gateway.load.setting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {

  private static Settings of(String options) {
    List<String> words =
        Stream.concat(Stream.of("--secret", "s"), Stream.of(options.split(" ", -1))).toList();
    return Settings.of(Arguments.parse(words));
  }

  @Test
  void writesNeedAsManySocketsAsTheirChats() {
    Layout layout = of("--mode writes --rooms 10 --members 3 --publishers 5").layout();

    assertThat(layout.connections()).isEqualTo(30);
    assertThat(layout.joins(29)).isTrue();
    assertThat(layout.publishes(5)).isFalse();
  }

  @Test
  void keepSurplusSendersOutsideTheRooms() {
    Layout layout = of("--mode writes --rooms 2 --members 1 --publishers 5").layout();

    assertThat(layout.connections()).isEqualTo(5);
    assertThat(layout.joins(1)).isTrue();
    assertThat(layout.joins(2)).isFalse();
    assertThat(layout.lanesOf(0)).isEqualTo(3);
    assertThat(layout.lanesOf(1)).isEqualTo(2);
    assertThat(layout.laneOf(4)).isEqualTo(2);
  }

  @Test
  void giveAFanoutARateUnlessAWindowIsAskedFor() {
    assertThat(of("--mode fanout").pace().rate()).isEqualTo(20);
    assertThat(of("--mode fanout --window 4").pace().rate()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--mode soak | --mode is one of",
        "--connections 100001 | --connections is 1..100000",
        "--duration 0 | --duration is 1..3600",
        "--duration x | --duration is",
        "--speed 3 | There is no option --speed",
        "--rate | --rate needs a value",
        "--rate 3 --rate 4 | is given twice",
        "--rate 3 --window 4 | Either --rate or --window",
        "--think-time 5 | goes with --window",
        "--publishers 20 --connections 10 | not more",
        "--mode rooms --rooms 20 --connections 10 | --rooms cannot be more",
        "--url http://127.0.0.1:1 | --url is ws://",
        "--server-pid x | --server-pid is",
      })
  void refusesWhatCannotBeRun(String options, String sentence) {
    assertThatThrownBy(() -> of(options))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(sentence);
  }

  @Test
  void leavesOtherMachinesAloneUnlessToldOtherwise() {
    String remote = "--url ws://192.0.2.7:3001/ws";

    assertThatThrownBy(() -> of(remote))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("--allow-remote");
    assertThat(of(remote + " --allow-remote").target().isLoopback()).isFalse();
    assertThatThrownBy(() -> of(remote + " --allow-remote --source-addresses 2"))
        .hasMessageContaining("--source-addresses");
  }

  @Test
  void needsSomethingToOpenTheDoorWith() {
    assertThatThrownBy(() -> Settings.of(Arguments.parse(List.of("--mode", "idle"))))
        .hasMessageContaining("--secret or --tokens");
  }

  @Test
  void showsNoSecret() {
    assertThat(of("--mode idle").shown()).doesNotContainValue("s");
  }
}
