package dev.realtime.gateway.room;

import static dev.realtime.gateway.support.Commands.edit;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.bus.FaultyBus;
import dev.realtime.gateway.client.ChatLog;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.notification.Platform;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TwoNodes;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two real nodes whose bus loses, repeats and reorders what it carries: clients notice nothing. */
@Timeout(90)
class FaultyBusIT {

  private static final Duration LATE = Duration.ofSeconds(17);

  @AutoClose private static final TwoNodes NODES = TwoNodes.with(FaultyBus.class);

  @AutoClose private final Scene scene = NODES.scene();

  private final GatewayClient alice = scene.onFirst("alice");
  private final GatewayClient bob = scene.onSecond("bob");
  private final String chat = scene.group(alice, "bob");
  private final List<ChatLog> logs = Stream.of(alice, bob).map(this::follow).toList();

  @BeforeEach
  void mend() {
    FaultyBus.mode = FaultyBus.Mode.SOUND;
  }

  private ChatLog follow(GatewayClient client) {
    ChatLog log = ChatLog.from(chat, new Position(0, 0L));
    client.listen(log::apply);
    client.call(join(chat));
    return log;
  }

  private void awaitRev(long rev) {
    for (ChatLog log : logs) {
      await()
          .atMost(LATE)
          .pollInterval(Duration.ofMillis(20))
          .untilAsserted(() ->
              assertThat(Objects.requireNonNull(log.position()).rev())
                  .as(() -> "rev; " + log.violations())
                  .isNotNull()
                  .isGreaterThanOrEqualTo(rev));
      assertThat(log.violations()).isEmpty();
    }
  }

  @Test
  void keepsNothingFromAnybodyAndKeepsTheOrder() {
    GatewayClient laptop = scene.onSecond("alice");
    Platform platform = new Platform(scene.first());
    List<String> titles =
        Stream.concat(IntStream.range(0, 60).mapToObj(i -> "n" + i), Stream.of("last")).toList();
    FaultyBus.mode = FaultyBus.Mode.FAULTY;
    List<Future<Integer>> writers =
        Stream.of(alice, bob).map(client -> scene.beside(() -> write(client))).toList();
    titles.subList(0, 60).forEach(title -> platform.tell(scene.user("alice"), title));
    writers.forEach(Scene::finish);
    // Shows at once what was lost last; the other test waits for the comparison of positions.
    FaultyBus.mode = FaultyBus.Mode.SOUND;
    alice.call(edit(alice.call(message(chat, "last")).get("id").asString(), "edited"));
    platform.tell(scene.user("alice"), "last");

    awaitRev(202);

    assertThat(logs.get(0).state()).isEqualTo(logs.get(1).state());
    assertThat(logs.get(0).state().messages()).hasSize(101);
    assertThat(logs.get(0).state().messages().values())
        .allMatch(entry -> "edited".equals(entry.content()));
    for (GatewayClient device : List.of(alice, laptop)) {
      await()
          .atMost(LATE)
          .untilAsserted(() -> assertThat(Platform.titles(device)).isEqualTo(titles));
    }
  }

  private int write(GatewayClient client) {
    for (int i = 0; i < 50; i++) {
      String id = client.call(message(chat, "text")).get("id").asString();
      client.call(edit(id, "edited"));
    }
    return 50;
  }

  @Test
  void delaysWhatItLostLastByFifteenSecondsAtMost() {
    Platform platform = new Platform(scene.first());
    alice.call(message(chat, "one"));
    awaitRev(1);
    FaultyBus.mode = FaultyBus.Mode.LOSING_ALL;
    alice.call(message(chat, "two"));
    alice.call(message(chat, "three"));
    platform.tell(scene.user("bob"), "lost");

    awaitRev(3);
    await()
        .atMost(LATE)
        .untilAsserted(() -> assertThat(Platform.titles(bob)).containsExactly("lost"));

    assertThat(bob.await("notification").isReplayed()).isFalse();
    assertThat(bob.received().stream().filter(frame -> frame.event().equals("chat:message")))
        .noneMatch(frame -> frame.isReplayed())
        .extracting(frame -> frame.text("content"))
        .containsExactly("one", "two", "three");
  }
}
