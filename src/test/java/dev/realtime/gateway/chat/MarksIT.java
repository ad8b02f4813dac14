package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.ChatActions.says;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.member;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.ChatCommand.GetReceipts;
import dev.realtime.gateway.protocol.ChatCommand.MarkDelivered;
import dev.realtime.gateway.protocol.ChatCommand.MarkRead;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.support.Scene;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import tools.jackson.databind.JsonNode;

/** The markers for what members have received and read. */
@Timeout(90)
class MarksIT {

  private static final Duration WINDOW = Duration.ofMillis(500);

  /** How much shorter a window may look to a client, whose frames take a varying time to arrive. */
  private static final Duration TOLERANCE = Duration.ofMillis(120);

  @AutoClose private final Scene scene = new Scene();

  private final GatewayClient alice = scene.onFirst("alice");
  private final GatewayClient bob = scene.onSecond("bob");

  private List<String> send(String chat, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> alice.call(message(chat, "text " + i)).get("id").asString())
        .toList();
  }

  /**
   * Checks that a member's client gets no marker from anyone but another member, who now reads two
   * messages. The second push comes at the end of a window that opened after the windows of all
   * markers before, on the same instance, so it follows what those windows have left to push.
   */
  private static void assertNothingAtTheEndOfWindows(
      GatewayClient client, GatewayClient other, String chat, List<String> ids) {
    String user = other.welcome().get("userId").asString();
    other.call(new MarkRead(chat, ids.get(0)));
    other.call(new MarkRead(chat, ids.get(1)));
    client.assertNothingBefore(
        frame ->
            frame.event().equals("chat:read")
                && frame.text("userId").equals(user)
                && frame.number("seq") == 2,
        frame ->
            frame.event().matches("chat:(read|delivered)") && !frame.text("userId").equals(user));
  }

  @Test
  void moveOnlyForwardAndImplyDelivery() {
    GatewayClient carol = scene.onSecond("carol");
    String chat = scene.group(alice, "bob", "carol");
    alice.call(join(chat));
    List<String> ids = send(chat, 5);

    assertThat(bob.call(new MarkDelivered(chat, ids.get(1))).toString())
        .isEqualTo("{\"deliveredSeq\":2}");
    assertThat(bob.call(new MarkRead(chat, ids.get(3))).toString())
        .isEqualTo("{\"readSeq\":4,\"unread\":1}");
    Received delivered = alice.await("chat:delivered");
    assertThat(delivered.data().toString())
        .isEqualTo(
            "{\"chatId\":\"%s\",\"userId\":\"%s\",\"messageId\":\"%s\",\"seq\":2}"
                .formatted(chat, scene.user("bob"), ids.get(1)));
    Received read = alice.await("chat:read");
    assertThat(read.data().toString())
        .isEqualTo(
            "{\"chatId\":\"%s\",\"userId\":\"%s\",\"messageId\":\"%s\",\"seq\":4}"
                .formatted(chat, scene.user("bob"), ids.get(3)));

    assertThat(bob.call(new MarkRead(chat, ids.get(0))).toString())
        .isEqualTo("{\"readSeq\":4,\"unread\":1}");
    assertThat(bob.call(new MarkDelivered(chat, ids.get(2))).toString())
        .isEqualTo("{\"deliveredSeq\":4}");
    assertThat(alice.call(new GetReceipts(ids.get(3))).toString())
        .isEqualTo(
            "{\"read\":1,\"delivered\":1,\"userIds\":[\"%s\"]}".formatted(scene.user("bob")));
    assertThat(alice.call(new GetReceipts(ids.get(4))).toString())
        .isEqualTo("{\"read\":0,\"delivered\":0,\"userIds\":[]}");
    assertNothingAtTheEndOfWindows(alice, carol, chat, ids);
  }

  @Test
  void moveToOnesOwnMessageAtSending() {
    String chat = scene.group(alice, "bob");
    send(chat, 3);
    assertThat(alice.call(join(chat)).get("unread").asLong()).isZero();
    assertThat(bob.call(join(chat)).get("unread").asLong()).isEqualTo(3);

    bob.call(message(chat, "mine"));

    JsonNode state = bob.call(join(chat));
    assertThat(state.get("readSeq").asLong()).isEqualTo(4);
    assertThat(state.get("unread").asLong()).isZero();
    assertThat(alice.call(join(chat)).get("unread").asLong()).isEqualTo(1);
  }

  /** Markers that wait while a write is under way are written in one group. */
  @Test
  void tellALowerMarkOfTheSameGroupWhatIsSo() {
    String chat = scene.group(alice, "bob");
    List<String> ids = send(chat, 5);
    Marks marks = scene.first().bean(Marks.class);
    String reader = scene.user("bob");

    List<Marks.Advanced> told =
        Flux.just(0, 4, 1, 3)
            .flatMapSequential(index -> marks.read(chat, reader, ids.get(index)))
            .collectList()
            .block(Duration.ofSeconds(10));

    assertThat(told).extracting(Marks.Advanced::readSeq).containsExactly(1L, 5L, 5L, 5L);
    assertThat(told).extracting(Marks.Advanced::unread).containsExactly(4L, 0L, 0L, 0L);
  }

  /** Two devices of one user mark at the same time; no push goes back behind an earlier one. */
  @Test
  void goNeverBackWhenDevicesMarkSideBySide() {
    String chat = scene.group(alice, "bob", "carol");
    GatewayClient phone = scene.onFirst("bob");
    GatewayClient laptop = scene.onFirst("bob");
    GatewayClient carol = scene.onFirst("carol");
    List<String> first = send(chat, 2);
    alice.call(join(chat));
    for (int round = 0; round < 40; round++) {
      List<String> ids = send(chat, 6);
      List<CompletableFuture<JsonNode>> high = new ArrayList<>();
      List<CompletableFuture<JsonNode>> low = new ArrayList<>();
      // While the first write is under way, the other markers gather in one group.
      high.add(phone.request(new MarkRead(chat, ids.get(0))));
      high.add(phone.request(new MarkRead(chat, ids.get(5))));
      for (int i = 1; i < 5; i++) {
        low.add(laptop.request(new MarkRead(chat, ids.get(i))));
      }
      high.forEach(CompletableFuture::join);
      low.forEach(CompletableFuture::join);
    }
    alice.await(
        frame -> frame.event().equals("chat:read") && frame.number("seq") == 242,
        GatewayClient.DEADLINE);
    alice.skip();
    assertNothingAtTheEndOfWindows(alice, carol, chat, first);

    List<Long> pushed =
        alice.received().stream()
            .filter(frame -> frame.event().equals("chat:read"))
            .filter(frame -> frame.text("userId").equals(scene.user("bob")))
            .map(frame -> frame.number("seq"))
            .toList();
    assertThat(pushed).isSortedAccordingTo(Comparator.naturalOrder()).doesNotHaveDuplicates();
    assertThat(pushed.getLast()).isEqualTo(242);
  }

  @Test
  void arePushedAtMostOncePerUserInHalfASecondAndTheLastOneAlways() {
    GatewayClient carol = scene.onSecond("carol");
    String chat = scene.group(alice, "bob", "carol");
    List<String> ids = send(chat, 60);
    alice.call(join(chat));
    Queue<Long> times = new ConcurrentLinkedQueue<>();
    alice.listen(frame -> {
      if (frame.event().equals("chat:read")) {
        times.add(System.nanoTime());
      }
    });

    ids.forEach(id -> bob.call(new MarkRead(chat, id)));
    alice.await(
        frame -> frame.event().equals("chat:read") && frame.number("seq") == 60,
        Duration.ofSeconds(3));

    assertApart(List.copyOf(times));
    alice.skip();
    assertNothingAtTheEndOfWindows(alice, carol, chat, ids);
  }

  @Test
  void areNotPushedInChatsOfMoreThanHundred() {
    String[] others = IntStream.range(0, 99).mapToObj(i -> "m" + i).toArray(String[]::new);
    String hundred = scene.group(alice, others);
    assertThat(alice.call(join(hundred)).get("memberCount").asLong()).isEqualTo(100);
    GatewayClient reader = scene.onSecond("m1");
    String id = send(hundred, 1).getFirst();
    reader.call(new MarkRead(hundred, id));
    assertThat(alice.await("chat:read").text("userId")).isEqualTo(scene.user("m1"));
    assertThat(alice.call(new GetReceipts(id)).get("userIds")).hasSize(1);

    alice.call(member(hundred, scene.user("bob"), MemberAction.ADD));
    JsonNode state = alice.call(join(hundred));
    assertThat(state.get("memberCount").asLong()).isEqualTo(101);
    assertThat(state.has("members")).isFalse();
    GatewayClient tablet = scene.onSecond("m1");
    String next = send(hundred, 1).getFirst();
    reader.call(new MarkDelivered(hundred, next));
    reader.call(new MarkRead(hundred, next));

    // The reader's other device is told last, after the push that must not come.
    tablet.await(
        frame ->
            frame.event().equals("chat:unread")
                && frame.number("lastSeq") == 2
                && frame.number("unread") == 0,
        GatewayClient.DEADLINE);
    assertThat(alice.call(new GetReceipts(next)).toString())
        .isEqualTo("{\"read\":1,\"delivered\":1}");
    reader.call(message(hundred, "marker"));
    alice.assertNothingBefore(
        frame -> says(frame, "marker"), frame -> frame.event().matches("chat:(read|delivered)"));
  }

  private static void assertApart(List<Long> times) {
    assertThat(times).isNotEmpty();
    for (int i = 1; i < times.size(); i++) {
      assertThat(Duration.ofNanos(times.get(i) - times.get(i - 1)))
          .as("push %d of %d", i, times.size())
          .isGreaterThan(WINDOW.minus(TOLERANCE));
    }
  }
}
