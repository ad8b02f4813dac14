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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Two processes out of the packaged jar, and one of them is killed while everybody talks. */
@Timeout(180)
class KilledInstanceIT {

  private static final int MESSAGES = 100;

  @TempDir private Path folder;

  private final String database = Backends.freshDatabase();
  private final AtomicInteger acknowledged = new AtomicInteger();
  private final List<PackagedGateway> instances = new ArrayList<>();

  /** Two instances, started side by side. */
  private List<PackagedGateway> start() {
    for (int i = 0; i < 2; i++) {
      instances.add(new PackagedGateway(database, "256m", folder));
    }
    return instances.stream().map(PackagedGateway::ready).toList();
  }

  @AfterEach
  void stop() {
    instances.forEach(PackagedGateway::close);
  }

  /** A user who keeps talking, wherever there is an instance. */
  private final class Talker {
    final String name;
    final ChatLog log;
    final Map<String, String> acked = new HashMap<>();
    private final String chat;
    private final PackagedGateway refuge;
    private GatewayClient client;

    Talker(String name, String chat, PackagedGateway home, PackagedGateway refuge) {
      this.name = name;
      this.refuge = refuge;
      this.chat = chat;
      this.log = ChatLog.from(chat, new Position(0, 0L));
      this.client = home.connect(name);
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
      client = refuge.connect(name);
      client.listen(log::apply);
      JsonNode ack = client.call(Commands.resume(chat, Objects.requireNonNull(log.position())));
      assertThat(ack.at("/chats/" + chat + "/outcome").asString()).isEqualTo("recovered");
    }
  }

  @Test
  void keepsWhatWasAcknowledgedOnceAndServesEverybody() throws Exception {
    List<PackagedGateway> both = start();
    PackagedGateway first = both.getFirst();
    PackagedGateway second = both.getLast();
    GatewayClient host = second.connect("host");
    List<String> names = List.of("alice", "bob", "carol", "dave");
    String chat =
        host.call(new CreateChat(ChatType.GROUP, names, null, null)).get("chatId").asString();
    List<Talker> talkers =
        names.stream()
            .map(name -> {
              PackagedGateway home = names.indexOf(name) % 2 == 0 ? first : second;
              return new Talker(name, chat, home, second);
            })
            .toList();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> talks =
          talkers.stream().map(talker -> threads.submit(talker::talk)).toList();
      await().atMost(Duration.ofSeconds(30)).until(() -> acknowledged.get() > MESSAGES);
      first.kill();
      talks.forEach(Scene::finish);
    }

    int all = names.size() * MESSAGES;
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

  @Test
  void tellsOnceWhatThePlatformWasPromised() throws Exception {
    List<PackagedGateway> both = start();
    PackagedGateway first = both.getFirst();
    PackagedGateway second = both.getLast();
    GatewayClient phone = second.connect("erin");
    Platform platform = new Platform(first.http(""));
    List<String> promised = Collections.synchronizedList(new ArrayList<>());
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Integer> telling = threads.submit(() -> tellUntilItDies(platform, promised));
      await().atMost(Duration.ofSeconds(30)).until(() -> promised.size() > MESSAGES);
      first.kill();
      Scene.finish(telling);
    }

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
