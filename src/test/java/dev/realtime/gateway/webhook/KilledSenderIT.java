package dev.realtime.gateway.webhook;

import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.ClientException;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.protocol.ChatCommand.CreateChat;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.PackagedGateway;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import dev.realtime.gateway.support.WebhookReceiver;
import dev.realtime.gateway.support.WebhookReceiver.Post;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process out of the packaged jar beside another instance, a receiver that goes away under load
 * and comes back, and the process killed meanwhile. {@code -Dwebhook.outage=PT1M} keeps the
 * receiver away for a minute.
 */
@Timeout(420)
class KilledSenderIT {

  private static final Duration OUTAGE =
      Duration.parse(System.getProperty("webhook.outage", "PT3S"));

  /** The longest pause after that outage, and time to send what has gathered. */
  private static final Duration DEADLINE = Duration.ofSeconds(60).plus(OUTAGE.multipliedBy(2));

  private static final Duration PACE = Duration.ofMillis(5);

  @AutoClose private final WebhookReceiver receiver = new WebhookReceiver();

  private final String database = Backends.freshDatabase();
  private final AtomicBoolean enough = new AtomicBoolean();

  // A short lease: what the killed one held is soon the other's.
  private final String[] settings =
      receiver.settings(
          "message.created,message.undelivered",
          "WEBHOOK_TIMEOUT=1s",
          "WEBHOOK_UNDELIVERED_AFTER=1s");

  @AutoClose private final PackagedGateway first;
  @AutoClose private final TestGateway second;

  KilledSenderIT(@TempDir Path folder) {
    // The process starts meanwhile.
    this.first = new PackagedGateway(database, "256m", folder, settings);
    this.second = TestGateway.start(database, Backends.redis(), settings);
  }

  @AfterEach
  void stop() {
    enough.set(true);
  }

  /**
   * Each message until it is acknowledged, at the other instance when this one has died.
   *
   * @return how many were
   */
  private int talk(GatewayClient home, String user, String chat) {
    GatewayClient client = home;
    int said = 0;
    while (!enough.get()) {
      try {
        client.call(message(chat, user + " " + said, user + said));
        said++;
        LockSupport.parkNanos(PACE.toNanos());
      } catch (ClientException lost) {
        client.abort();
        client = second.connect(user);
      }
    }
    client.close();
    return said;
  }

  @Test
  void deliversEveryEventInOrderThoughReceiverAndSenderFail() throws Exception {
    first.ready();
    GatewayClient host = second.connect("host");
    List<String> users = List.of("alice", "bob", "carol", "dave");
    List<String> chats = users.stream().map(user -> chatOf(host, user)).toList();
    List<Integer> said;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> talks = new ArrayList<>();
      for (int i = 0; i < users.size(); i++) {
        int each = i;
        String user = users.get(each);
        GatewayClient home = each % 2 == 0 ? first.connect(user) : second.connect(user);
        talks.add(threads.submit(() -> talk(home, user, chats.get(each))));
      }
      await().atMost(DEADLINE).until(() -> receiver.accepted().size() > 50);
      receiver.goAway();
      long left = System.nanoTime();
      first.kill();
      await()
          .atMost(OUTAGE.plusSeconds(10))
          .until(() -> System.nanoTime() - left >= OUTAGE.toNanos());
      receiver.comeBack();
      int before = receiver.accepted().size();
      await().atMost(DEADLINE).until(() -> receiver.accepted().size() > before + 50);
      enough.set(true);
      said = talks.stream().map(Scene::finish).toList();
    }

    for (int i = 0; i < chats.size(); i++) {
      String chat = chats.get(i);
      List<Long> all = LongStream.rangeClosed(1, said.get(i)).boxed().toList();
      await()
          .atMost(DEADLINE)
          .untilAsserted(() -> assertThat(distinctSeqs(chat)).containsExactlyElementsOf(all));
      List<Post> told = receiver.accepted(chat);
      assertThat(told.stream().map(Post::id).distinct()).hasSize(said.get(i));
      assertThat(told).allMatch(Post::isSigned);
    }
    for (String user : users) {
      await().atMost(DEADLINE).until(() -> !receiver.accepted(away(user)).isEmpty());
      assertThat(receiver.accepted(away(user)).stream().map(Post::id).distinct()).hasSize(1);
    }
    assertThat(receiver.accepted("host")).isEmpty();
  }

  private static String chatOf(GatewayClient host, String user) {
    CreateChat chat = new CreateChat(ChatType.GROUP, List.of(user, away(user)), null, null);
    return host.call(chat).get("chatId").asString();
  }

  /** A member who never connects. */
  private static String away(String user) {
    return user + "-away";
  }

  /** The numbers in the order they first came. */
  private List<Long> distinctSeqs(String chat) {
    return List.copyOf(
        new LinkedHashSet<>(
            receiver.accepted(chat).stream().map(post -> post.data("seq").asLong()).toList()));
  }
}
