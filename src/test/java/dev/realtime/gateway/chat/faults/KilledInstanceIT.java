package dev.realtime.gateway.chat.faults;

import static dev.realtime.gateway.support.Commands.historyAfter;
import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.ChatLog;
import dev.realtime.gateway.client.ClientException;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RefusedException;
import dev.realtime.gateway.notification.Platform;
import dev.realtime.gateway.protocol.ChatCommand.CreateChat;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.ChatActions;
import dev.realtime.gateway.support.Commands;
import dev.realtime.gateway.support.PackagedGateway;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A process out of the packaged jar beside another instance, killed while everybody talks. */
@Timeout(180)
class KilledInstanceIT {

  private static final int MESSAGES = 100;
  private static final int TOLD = 30;

  private final String database = Backends.freshDatabase();
  private final AtomicInteger acknowledged = new AtomicInteger();

  @AutoClose private final PackagedGateway first;
  @AutoClose private final TestGateway second;

  KilledInstanceIT(@TempDir Path folder) {
    // The process starts meanwhile.
    this.first = new PackagedGateway(database, "256m", folder);
    this.second = TestGateway.start(database, Backends.redis());
  }

  /** A user who keeps talking, wherever there is an instance. */
  private final class Talker {
    final String name;
    final ChatLog log;
    final Map<String, String> acked = new HashMap<>();
    private final String chat;
    private GatewayClient client;

    Talker(GatewayClient client, String name, String chat) {
      this.name = name;
      this.chat = chat;
      this.log = ChatLog.from(chat, new Position(0, 0L));
      this.client = client;
      client.listen(log::apply);
      client.call(join(chat));
    }

    int talk() {
      for (int i = 0; i < MESSAGES; i++) {
        say(name + " " + i);
      }
      return MESSAGES;
    }

    /** Until it is acknowledged; under the same mark, so that it is stored once. */
    private void say(String text) {
      while (!acked.containsKey(text)) {
        try {
          JsonNode ack = client.call(message(chat, text, text));
          acked.put(text, ack.get("id").asString());
          acknowledged.incrementAndGet();
        } catch (RefusedException refused) {
          assertThat(refused.retryable()).as(refused.getMessage()).isTrue();
        } catch (ClientException lost) {
          comeBack();
        }
      }
    }

    private void comeBack() {
      client.abort();
      client = second.connect(name);
      client.listen(log::apply);
      JsonNode ack = client.call(Commands.resume(chat, Objects.requireNonNull(log.position())));
      assertThat(ack.at("/chats/" + chat + "/outcome").asString()).isEqualTo("recovered");
    }
  }

  @Test
  void keepsOnceWhatWasPromisedAndServesEverybody() throws Exception {
    first.ready();
    GatewayClient host = second.connect("host");
    GatewayClient phone = second.connect("erin");
    List<String> names = List.of("alice", "bob", "carol", "dave");
    String chat =
        host.call(new CreateChat(ChatType.GROUP, names, null, null)).get("chatId").asString();
    List<Talker> talkers =
        names.stream()
            .map(name -> {
              boolean isDoomed = names.indexOf(name) % 2 == 0;
              return new Talker(isDoomed ? first.connect(name) : second.connect(name), name, chat);
            })
            .toList();
    Platform platform = new Platform(first.http(""));
    List<String> promised = Collections.synchronizedList(new ArrayList<>());
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Integer> telling = threads.submit(() -> tellUntilItDies(platform, promised));
      List<Future<Integer>> talks =
          talkers.stream().map(talker -> threads.submit(talker::talk)).toList();
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> acknowledged.get() > MESSAGES && promised.size() > TOLD);
      first.kill();
      talks.forEach(Scene::finish);
      Scene.finish(telling);
    }

    assertThatMessagesAreStoredOnce(chat, host, talkers);
    assertThatNotificationsCameOnce(phone, promised);
  }

  private static void assertThatMessagesAreStoredOnce(
      String chat, GatewayClient host, List<Talker> talkers) {
    int all = talkers.size() * MESSAGES;
    for (Talker talker : talkers) {
      ChatActions.awaitSeq(talker.log, all);
      assertThat(talker.log.violations()).as(talker.name).isEmpty();
    }
    Map<String, String> stored = new HashMap<>();
    for (long after = 0; after < all; after += 200) {
      host.call(historyAfter(chat, after, 200))
          .get("messages")
          .forEach(each ->
              assertThat(stored.put(each.get("tempId").asString(), each.get("id").asString()))
                  .as("stored twice: %s", each)
                  .isNull());
    }
    Map<String, String> promised = new HashMap<>();
    talkers.forEach(talker -> promised.putAll(talker.acked));
    assertThat(stored).isEqualTo(promised).hasSize(all);
    for (Talker talker : talkers) {
      assertThat(talker.log.state().messages()).hasSize(all);
    }
  }

  private static void assertThatNotificationsCameOnce(GatewayClient phone, List<String> promised) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(Platform.titles(phone)).containsAll(promised));
    // The last one may have been stored without anybody having heard so.
    assertThat(Platform.titles(phone)).startsWith(promised.toArray(String[]::new));
    assertThat(Platform.titles(phone)).hasSizeLessThanOrEqualTo(promised.size() + 1);
  }

  private static int tellUntilItDies(Platform platform, List<String> promised) {
    for (int i = 0; ; i++) {
      try {
        platform.tell("erin", "n" + i);
        promised.add("n" + i);
      } catch (AssertionError dead) {
        return i;
      }
    }
  }
}
