package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.ChatActions.says;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.ChatCommand.LeaveChat;
import dev.realtime.gateway.protocol.ChatCommand.SetTyping;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.room.Audience;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.session.ConnectionRegistry;
import dev.realtime.gateway.support.Scene;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Who is typing. The tests wait most of the time, so they wait side by side. */
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class TypingIT {

  private static final Duration QUIET = Duration.ofMillis(400);

  @AutoClose private final Scene scene = new Scene();

  private final GatewayClient alice = scene.onFirst("alice");
  private final GatewayClient bob = scene.onSecond("bob");
  private final String chat = scene.group(alice, "bob");

  private void joinAll() {
    alice.call(join(chat));
    bob.call(join(chat));
  }

  private void type(boolean isTyping) {
    assertThat(alice.call(new SetTyping(chat, isTyping)).toString()).isEqualTo("{}");
  }

  private void assertTold(boolean isTyping) {
    assertThat(bob.await("chat:typing").data().toString())
        .isEqualTo(
            "{\"chatId\":\"%s\",\"userId\":\"%s\",\"isTyping\":%b}"
                .formatted(chat, scene.user("alice"), isTyping));
  }

  private static void assertNothingBeforeMarker(GatewayClient client) {
    client.assertNothingBefore(
        frame -> says(frame, "marker"), frame -> frame.event().equals("chat:typing"));
  }

  @Test
  void isToldToTheRoomLessTheTypistsConnections() {
    joinAll();
    GatewayClient tablet = scene.onSecond("alice");
    tablet.call(join(chat));

    type(true);
    assertTold(true);
    type(false);
    assertTold(false);
    type(false);

    alice.call(message(chat, "marker"));
    List.of(bob, tablet, alice).forEach(TypingIT::assertNothingBeforeMarker);
  }

  @Test
  void isForThoseWhoJoined() {
    assertThat(alice.refusal(new SetTyping(chat, true)).code()).isEqualTo("forbidden");
  }

  @Test
  void endsByItselfAfterSixSeconds() {
    joinAll();
    type(true);
    assertTold(true);
    long began = System.nanoTime();

    Received end = bob.await("chat:typing", Duration.ofSeconds(8));

    assertThat(end.data().get("isTyping").asBoolean()).isFalse();
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isBetween(Duration.ofMillis(5_700), Duration.ofMillis(7_000));
  }

  @Test
  void endsWhenTheUserSends() {
    joinAll();
    type(true);
    assertTold(true);
    alice.call(message(chat, "done"));
    assertTold(false);
  }

  @Test
  void endsWhenTheUserLeaves() {
    joinAll();
    type(true);
    assertTold(true);
    alice.call(new LeaveChat(chat));
    assertTold(false);
  }

  @Test
  void endsWhenTheUserDisconnects() {
    joinAll();
    type(true);
    assertTold(true);
    alice.abort();
    assertTold(false);
  }

  @Test
  void isToldAtMostEveryThreeSeconds() {
    joinAll();
    Queue<Long> begins = new ConcurrentLinkedQueue<>();
    bob.listen(frame -> {
      if (frame.event().equals("chat:typing") && frame.data().get("isTyping").asBoolean()) {
        begins.add(System.nanoTime());
      }
    });
    for (int i = 0; i < 35; i++) {
      type(true);
      if (i % 5 == 4) {
        type(false);
      }
      // This only sets the pace: the loop has to outlast the limit's three seconds.
      bob.assertSilence(frame -> false, Duration.ofMillis(100));
    }

    List<Long> times = List.copyOf(begins);
    assertThat(times).hasSize(2);
    assertThat(Duration.ofNanos(times.get(1) - times.get(0)))
        .isGreaterThan(Duration.ofMillis(2_850));
  }

  /** A killed instance does not publish the end, so the receivers' instance has to end it. */
  @Test
  void endsAtTheReceiversWhenTheTypistsInstanceIsGone() {
    joinAll();
    scene
        .first()
        .bean(RoomPublisher.class)
        .publish(
            RoomId.chat(chat),
            new ChatEvent.Typing(chat, scene.user("alice"), true),
            Audience.others(scene.user("alice"), 100));
    assertTold(true);
    long began = System.nanoTime();

    Received end = bob.await("chat:typing", Duration.ofSeconds(8));

    assertThat(end.data().get("isTyping").asBoolean()).isFalse();
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isBetween(Duration.ofMillis(6_500), Duration.ofMillis(8_000));
    alice.call(new SetTyping(chat, false));
    scene
        .first()
        .bean(RoomPublisher.class)
        .publish(
            RoomId.chat(chat),
            new ChatEvent.Typing(chat, scene.user("alice"), false),
            Audience.others(scene.user("alice"), 100));
    alice.call(message(chat, "marker"));
    assertNothingBeforeMarker(bob);
  }

  /** Receivers must not see a user stop who still types, however rarely the app reports it. */
  @Test
  void goesOnAtTheReceiversAsLongAsAtTheTypist() {
    joinAll();
    type(true);
    assertTold(true);
    // The timers must not end the typing in this time, so no marker can replace the wait.
    bob.assertSilence("chat:typing", Duration.ofMillis(2_500));
    long last = System.nanoTime();
    type(true);

    assertTold(true);
    Received end = bob.await("chat:typing", Duration.ofSeconds(8));

    // The receivers' instance would end it only a second later.
    assertThat(end.data().get("isTyping").asBoolean()).isFalse();
    assertThat(Duration.ofNanos(System.nanoTime() - last))
        .isBetween(Duration.ofMillis(5_700), Duration.ofMillis(7_000));
    // The timer of the receivers' instance must not fire too, so no marker can replace the wait.
    bob.assertSilence("chat:typing", QUIET);
  }

  /** A drain closes thousands of connections: none may walk through all who type. */
  @Test
  void costsNothingWhereAConnectionIsClosedThatTypesNowhere() {
    Typing typing = scene.first().bean(Typing.class);
    ConnectionRegistry connections = scene.first().bean(ConnectionRegistry.class);
    scene.onFirst("carol");
    Connection typist = connections.of(scene.user("alice")).getFirst();
    Connection other = connections.of(scene.user("carol")).getFirst();
    for (int i = 0; i < 5_000; i++) {
      typing.set(typist, chat + i, true);
    }
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();

    long before = threads.getCurrentThreadCpuTime();
    for (int i = 0; i < 100_000; i++) {
      typing.closed(other);
    }
    Duration cpu = Duration.ofNanos(threads.getCurrentThreadCpuTime() - before);
    typing.closed(typist);

    assertThat(cpu).isLessThan(Duration.ofSeconds(1));
  }
}
