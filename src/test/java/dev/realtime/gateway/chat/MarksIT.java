package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.Commands.history;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.listChats;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.ChatCommand.GetReceipts;
import dev.realtime.gateway.protocol.ChatCommand.MarkDelivered;
import dev.realtime.gateway.protocol.ChatCommand.MarkRead;
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

/** How far members have received and read, and what is unread. */
@Timeout(90)
class MarksIT {

  private static final Duration QUIET = Duration.ofMillis(800);
  private static final Duration WINDOW = Duration.ofMillis(500);

  /** Clocks of different threads: a window may look this much shorter at its far end. */
  private static final Duration TOLERANCE = Duration.ofMillis(120);

  @AutoClose private final Scene scene = new Scene();

  private final GatewayClient alice = scene.onFirst("alice");
  private final GatewayClient bob = scene.onSecond("bob");

  private List<String> send(String chat, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> alice.call(message(chat, "text " + i)).get("id").asString())
        .toList();
  }

  @Test
  void moveOnlyForwardAndImplyDelivery() {
    String chat = scene.group(alice, "bob");
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
    alice.assertSilence(frame -> frame.event().matches("chat:(read|delivered)"), QUIET);
    assertThat(alice.call(new GetReceipts(ids.get(3))).toString())
        .isEqualTo(
            "{\"read\":1,\"delivered\":1,\"userIds\":[\"%s\"]}".formatted(scene.user("bob")));
    assertThat(alice.call(new GetReceipts(ids.get(4))).toString())
        .isEqualTo("{\"read\":0,\"delivered\":0,\"userIds\":[]}");
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

  /** What waits while a write is under way goes into one group. */
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

  /** Two devices of one user mark side by side: none is told less than what is so. */
  @Test
  void goNeverBackWhenDevicesMarkSideBySide() {
    String chat = scene.group(alice, "bob");
    GatewayClient phone = scene.onFirst("bob");
    GatewayClient laptop = scene.onFirst("bob");
    alice.call(join(chat));
    for (int round = 0; round < 40; round++) {
      List<String> ids = send(chat, 6);
      List<CompletableFuture<JsonNode>> high = new ArrayList<>();
      List<CompletableFuture<JsonNode>> low = new ArrayList<>();
      // The first write is under way while the others gather to one group.
      high.add(phone.request(new MarkRead(chat, ids.get(0))));
      high.add(phone.request(new MarkRead(chat, ids.get(5))));
      for (int i = 1; i < 5; i++) {
        low.add(laptop.request(new MarkRead(chat, ids.get(i))));
      }
      high.forEach(CompletableFuture::join);
      low.forEach(CompletableFuture::join);
    }
    alice.assertSilence(frame -> false, QUIET);

    List<Long> pushed =
        alice.received().stream()
            .filter(frame -> frame.event().equals("chat:read"))
            .map(frame -> frame.number("seq"))
            .toList();
    assertThat(pushed).isSortedAccordingTo(Comparator.naturalOrder()).doesNotHaveDuplicates();
    assertThat(pushed.getLast()).isEqualTo(240);
  }

  @Test
  void arePushedAtMostOncePerUserInHalfASecondAndTheLastOneAlways() {
    String chat = scene.group(alice, "bob");
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
    alice.assertSilence("chat:read", QUIET);
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

    alice.call(
        dev.realtime.gateway.support.Commands.member(
            hundred, scene.user("bob"), dev.realtime.gateway.protocol.MemberAction.ADD));
    JsonNode state = alice.call(join(hundred));
    assertThat(state.get("memberCount").asLong()).isEqualTo(101);
    assertThat(state.has("members")).isFalse();
    String next = send(hundred, 1).getFirst();
    reader.call(new MarkRead(hundred, next));
    reader.call(new MarkDelivered(hundred, next));

    alice.assertSilence(frame -> frame.event().matches("chat:(read|delivered)"), QUIET);
    assertThat(alice.call(new GetReceipts(next)).toString())
        .isEqualTo("{\"read\":1,\"delivered\":1}");
  }

  @Test
  void tellWhoIsNotInTheRoomWhatIsUnread() {
    String chat = scene.group(alice, "bob", "carol");
    GatewayClient carol = scene.onFirst("carol");
    GatewayClient outsider = scene.onFirst("mallory");
    GatewayClient tablet = scene.onSecond("alice");
    carol.call(join(chat));
    alice.call(join(chat));

    String id = send(chat, 1).getFirst();

    Received unread = bob.await("chat:unread");
    assertThat(unread.number("unread")).isEqualTo(1);
    assertThat(unread.number("lastSeq")).isEqualTo(1);
    assertThat(unread.data().at("/lastMessage/id").asString()).isEqualTo(id);
    assertThat(unread.text("chatId")).isEqualTo(chat);
    // The sender's own other device keeps its list of chats by it, with nothing unread.
    Received own = tablet.await("chat:unread");
    assertThat(own.number("unread")).isZero();
    assertThat(own.number("lastSeq")).isEqualTo(1);
    carol.assertSilence("chat:unread", QUIET);
    alice.assertSilence("chat:unread", Duration.ofMillis(1));
    outsider.assertSilence("chat:unread", Duration.ofMillis(1));
  }

  @Test
  void pushUnreadAtMostOncePerHalfSecondAndTheLastOneAlways() {
    String chat = scene.group(alice, "bob");
    Queue<Long> times = new ConcurrentLinkedQueue<>();
    bob.listen(frame -> {
      if (frame.event().equals("chat:unread")) {
        times.add(System.nanoTime());
      }
    });

    send(chat, 120);
    Received last =
        bob.await(
            frame -> frame.event().equals("chat:unread") && frame.number("lastSeq") == 120,
            Duration.ofSeconds(3));

    assertThat(last.number("unread")).isEqualTo(120);
    assertApart(List.copyOf(times));
    bob.skip();
    bob.assertSilence("chat:unread", QUIET);
  }

  @Test
  void tellOnesOtherDevicesWhatWasRead() {
    String chat = scene.group(alice, "bob");
    List<String> ids = send(chat, 4);
    GatewayClient phone = scene.onFirst("bob");
    GatewayClient inRoom = scene.onFirst("bob");
    inRoom.call(join(chat));
    phone.assertSilence(frame -> false, QUIET);
    phone.skip();
    inRoom.skip();

    bob.call(new MarkRead(chat, ids.get(2)));

    Received unread = phone.await("chat:unread");
    assertThat(unread.number("unread")).isEqualTo(1);
    assertThat(unread.number("lastSeq")).isEqualTo(4);
    assertThat(inRoom.await("chat:read").number("seq")).isEqualTo(3);
  }

  @Test
  void tellInTheListWhatIsUnread() {
    String chat = scene.group(alice, "bob");
    List<String> ids = send(chat, 7);
    bob.call(new MarkRead(chat, ids.get(1)));

    JsonNode listed = bob.call(listChats()).at("/chats/0");

    assertThat(listed.get("chatId").asString()).isEqualTo(chat);
    assertThat(listed.get("lastSeq").asLong()).isEqualTo(7);
    assertThat(listed.get("readSeq").asLong()).isEqualTo(2);
    assertThat(listed.get("unread").asLong()).isEqualTo(5);
    assertThat(listed.at("/lastMessage/content").asString()).isEqualTo("text 6");
    assertThat(bob.call(history(chat)).get("messages")).hasSize(7);
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
