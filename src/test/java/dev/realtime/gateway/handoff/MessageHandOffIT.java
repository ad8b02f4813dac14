package dev.realtime.gateway.handoff;

import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.member;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.bus.RoomBus;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.protocol.ChatCommand.MarkDelivered;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import dev.realtime.gateway.support.TwoNodes;
import dev.realtime.gateway.support.WebhookReceiver;
import dev.realtime.gateway.support.WebhookReceiver.Post;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** Who is handed off to push: members who are away, once per chat and absence. */
@Timeout(90)
class MessageHandOffIT {

  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private static final WebhookReceiver RECEIVER = new WebhookReceiver();
  private static final TwoNodes NODES =
      TwoNodes.start(RECEIVER.settings("message.undelivered", "WEBHOOK_UNDELIVERED_AFTER=500ms"));

  @AutoClose private final Scene scene = NODES.scene();

  private final GatewayClient alice = scene.onFirst("alice");

  @AfterAll
  static void stop() {
    NODES.close();
    RECEIVER.close();
  }

  private List<Post> told(String name) {
    return RECEIVER.accepted(scene.user(name));
  }

  private void awaitTold(String name, int times) {
    await().atMost(DEADLINE).until(() -> told(name).size() >= times);
  }

  /** Until every chat has been looked at as often as its messages ask for. */
  private void awaitLooked(String chat) {
    await()
        .atMost(DEADLINE)
        .until(() ->
            Objects.requireNonNull(
                    scene
                        .first()
                        .bean(Database.class)
                        .sql(
                            "select count(*) as count from message_handoffs"
                                + " where chat_id = :chat and not again")
                        .bind("chat", chat)
                        .map(row -> row.number("count"))
                        .one()
                        .block(DEADLINE))
                == 0);
  }

  @Test
  void handsOffWhoIsAwayWithTheLastMessage() {
    String chat = scene.group(alice, "bob");
    alice.call(message(chat, "one"));
    alice.call(message(chat, "two"));
    awaitTold("bob", 1);

    Post post = told("bob").getFirst();
    assertThat(post.text("type")).isEqualTo("message.undelivered");
    assertThat(post.data("userId").asString()).isEqualTo(scene.user("bob"));
    assertThat(post.data("chatId").asString()).isEqualTo(chat);
    // Where the machine is slow it may have been told before the second message.
    long lastSeq = post.data("lastSeq").asLong();
    assertThat(lastSeq).isBetween(1L, 2L);
    assertThat(post.data("unread").asLong()).isEqualTo(lastSeq);
    assertThat(post.data("lastMessage").get("seq").asLong()).isEqualTo(lastSeq);
    assertThat(post.data("lastMessage").get("content").asString())
        .isEqualTo(lastSeq == 1 ? "one" : "two");
    assertThat(told("alice")).isEmpty();
  }

  @Test
  void sparesWhoIsConnectedOnWhicheverInstance() {
    String chat = scene.group(alice, "bob", "carol", "dave");
    scene.onFirst("bob");
    scene.onSecond("carol");
    alice.call(message(chat, "hello"));
    awaitTold("dave", 1);
    awaitLooked(chat);

    assertThat(told("bob")).isEmpty();
    assertThat(told("carol")).isEmpty();
  }

  @Test
  void sparesWhoHasMutedTheChat() {
    String chat = scene.group(alice, "bob", "carol");
    GatewayClient bob = scene.onFirst("bob");
    bob.call(member(chat, scene.user("bob"), MemberAction.MUTE));
    bob.close();
    awaitAway();
    alice.call(message(chat, "hello"));
    awaitTold("carol", 1);
    awaitLooked(chat);

    assertThat(told("bob")).isEmpty();
  }

  private void awaitAway() {
    // The bus hears of a closed connection a moment later.
    await().atMost(DEADLINE).until(() -> !isOnline("bob"));
  }

  private boolean isOnline(String name) {
    RoomId room = RoomId.user(scene.user(name));
    RoomBus bus = scene.first().bean(RoomBus.class);
    return Objects.requireNonNull(bus.listeners(List.of(room)).block(DEADLINE)).containsKey(room);
  }

  @Test
  void tellsOneAbsenceOnceAndTheNextAgain() {
    String chat = scene.group(alice, "bob", "carol");
    alice.call(message(chat, "first absence"));
    awaitTold("bob", 1);
    alice.call(message(chat, "still the first"));
    awaitLooked(chat);
    assertThat(told("bob")).hasSize(1);

    // It came back, though it acknowledged nothing.
    scene.onSecond("bob").close();
    awaitAway();
    alice.call(message(chat, "second absence"));
    awaitTold("bob", 2);

    GatewayClient bob = scene.onFirst("bob");
    String last = told("bob").getLast().data("lastMessage").get("id").asString();
    bob.call(join(chat));
    bob.call(new MarkDelivered(chat, last));
    bob.close();
    awaitAway();
    alice.call(message(chat, "third absence"));
    awaitTold("bob", 3);
    awaitLooked(chat);
    assertThat(told("bob")).hasSize(3);
    assertThat(told("bob").getLast().data("unread").asLong()).isEqualTo(4);
    assertThat(told("carol")).hasSize(1);
  }

  @Test
  void handsOffEveryMemberOfALargeChatOnce() {
    String[] names = IntStream.range(0, 250).mapToObj(i -> "many" + i).toArray(String[]::new);
    String chat = scene.group(alice, names);
    alice.call(message(chat, "to all"));
    await().atMost(DEADLINE).until(() -> toldOf(chat).size() >= names.length);
    awaitLooked(chat);

    assertThat(toldOf(chat)).hasSize(names.length);
    assertThat(toldOf(chat).stream().map(post -> post.text("subject")).distinct())
        .hasSize(names.length);
  }

  private List<Post> toldOf(String chat) {
    return RECEIVER.accepted().stream()
        .filter(post -> post.data("chatId").asString().equals(chat))
        .toList();
  }

  @Test
  void waitsWhileNobodyCanTellWhoIsThere() {
    try (var receiver = new WebhookReceiver();
        var gateway =
            TestGateway.start(
                Backends.freshDatabase(),
                Backends.redis(),
                List.of(SilentBuses.class),
                receiver.settings("message.undelivered", "WEBHOOK_UNDELIVERED_AFTER=500ms"));
        var own = new Scene(gateway, gateway)) {
      SilentBuses.asked.set(0);
      SilentBuses.silent = true;
      GatewayClient carol = own.onFirst("carol");
      String chat = own.group(carol, "bob");
      carol.call(message(chat, "hello"));
      await().atMost(DEADLINE).until(() -> SilentBuses.asked.get() >= 2);
      assertThat(receiver.posts()).isEmpty();

      SilentBuses.silent = false;
      await().atMost(DEADLINE).until(() -> receiver.accepted(own.user("bob")).size() == 1);
    }
  }

  /** A real bus that can be made not to know who listens. */
  @Configuration(proxyBeanMethods = false)
  static class SilentBuses {
    static volatile boolean silent;
    static final AtomicInteger asked = new AtomicInteger();

    @Bean
    @Primary
    RoomBus silentBus(@Qualifier("roomBus") RoomBus sound) {
      return new RoomBus() {
        @Override
        public void publish(RoomId room, Message message) {
          sound.publish(room, message);
        }

        @Override
        public Mono<Disposable> subscribe(RoomId room, Subscriber subscriber) {
          return sound.subscribe(room, subscriber);
        }

        @Override
        public Mono<Map<RoomId, Long>> listeners(Collection<RoomId> rooms) {
          asked.incrementAndGet();
          return silent
              ? Mono.error(new IllegalStateException("nobody knows"))
              : sound.listeners(rooms);
        }

        @Override
        public Instances instances() {
          return sound.instances();
        }
      };
    }
  }
}
