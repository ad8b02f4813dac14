package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.ChatActions.says;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.protocol.ChatCommand.SetTyping;
import dev.realtime.gateway.support.Scene;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever types in a room of more than a hundred connections. */
@Timeout(60)
class LargeRoomTypingIT {

  @AutoClose private final Scene scene = new Scene();

  private final GatewayClient alice = scene.onFirst("alice");

  private static void assertNothingBeforeMarker(GatewayClient client) {
    client.assertNothingBefore(
        frame -> says(frame, "marker"), frame -> frame.event().equals("chat:typing"));
  }

  @Test
  void isNotToldInRoomsOfMoreThanHundredConnections() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      names.add("m" + i);
    }
    String large = scene.group(alice, names.toArray(String[]::new));
    alice.call(join(large));
    List<GatewayClient> others = new ArrayList<>();
    for (int i = 0; i < 99; i++) {
      GatewayClient client = scene.onFirst("m" + i % 10);
      client.call(join(large));
      others.add(client);
    }
    alice.call(new SetTyping(large, true));
    assertThat(others.getFirst().await("chat:typing").text("userId"))
        .isEqualTo(scene.user("alice"));
    alice.call(new SetTyping(large, false));
    others.getFirst().await("chat:typing");

    scene.onFirst("m0").call(join(large));
    GatewayClient another = others.get(5);
    another.call(new SetTyping(large, true));

    another.call(message(large, "marker"));
    assertNothingBeforeMarker(others.getFirst());
  }

  /** Each instance sees about half of them. */
  @Test
  void isNotToldWhereTheInstancesTogetherHaveMoreThanHundredConnections() {
    List<String> names = IntStream.range(0, 10).mapToObj(i -> "m" + i).toList();
    String large = scene.group(alice, names.toArray(String[]::new));
    List<GatewayClient> here = new ArrayList<>();
    List<GatewayClient> there = new ArrayList<>();
    for (int i = 0; i < 52; i++) {
      here.add(scene.onFirst("m" + i % 10));
      there.add(scene.onSecond("m" + i % 10));
    }
    Stream.concat(here.stream(), there.stream()).forEach(client -> client.call(join(large)));
    // With its answer the instance learns how many others listen.
    here.getFirst().call(message(large, "first"));
    there.getFirst().await(frame -> says(frame, "first"), Duration.ofSeconds(5));
    there.getFirst().call(message(large, "second"));
    here.getFirst().await(frame -> says(frame, "second"), Duration.ofSeconds(5));
    MeterRegistry meters = scene.first().bean(MeterRegistry.class);
    double before = meters.get("gateway.bus.published").functionCounter().count();

    for (int i = 1; i < 10; i++) {
      here.get(i).call(new SetTyping(large, true));
      there.get(i).call(new SetTyping(large, true));
    }

    double published = meters.get("gateway.bus.published").functionCounter().count() - before;
    assertThat(published).as("decided before anything is published").isLessThan(9);
    here.getFirst().call(message(large, "marker"));
    assertNothingBeforeMarker(here.getLast());
    assertNothingBeforeMarker(there.getLast());
  }
}
