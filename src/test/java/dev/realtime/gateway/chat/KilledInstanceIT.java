package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.ChatLog;
import dev.realtime.gateway.client.ClientException;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RefusedException;
import dev.realtime.gateway.dev.DevelopmentRedis;
import dev.realtime.gateway.notification.Platform;
import dev.realtime.gateway.protocol.ChatCommand.CreateChat;
import dev.realtime.gateway.protocol.ChatCommand.GetHistory;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.Position;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Commands;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
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
import java.util.concurrent.TimeUnit;
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
  private static final Duration START = Duration.ofSeconds(90);

  @TempDir private Path folder;

  private final HttpClient http = HttpClient.newHttpClient();
  private final String database = Backends.freshDatabase();
  private final AtomicInteger acknowledged = new AtomicInteger();
  private final List<Process> processes = new ArrayList<>();

  /** A process, and where it listens. */
  private final class Instance {
    private final int port = freePort();
    private final Process process = launch(port);

    URI socket() {
      return URI.create("ws://127.0.0.1:" + port + "/ws");
    }

    boolean isReady() throws IOException, InterruptedException {
      URI readiness = URI.create("http://127.0.0.1:" + port + "/readyz");
      return http.send(HttpRequest.newBuilder(readiness).build(), BodyHandlers.discarding())
              .statusCode()
          == 200;
    }
  }

  private Process launch(int port) {
    DevelopmentRedis redis = Backends.redis();
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-jar",
            Path.of(System.getProperty("gateway.jar", "missing")).toAbsolutePath().toString());
    // In a folder of its own: nobody's .env counts.
    builder.directory(folder.toFile()).redirectErrorStream(true);
    builder.redirectOutput(folder.resolve(port + ".log").toFile());
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.put("PORT", Integer.toString(port));
    environment.put("BIND_ADDRESS", "127.0.0.1");
    environment.put("DATABASE_URL", database);
    environment.put("REDIS_HOST", redis.host());
    environment.put("REDIS_PORT", Integer.toString(redis.port()));
    environment.put("JWT_ACCESS_TOKEN_SECRET", TestGateway.ACCESS_SECRET);
    environment.put("JWT_REFRESH_TOKEN_SECRET", TestGateway.REFRESH_SECRET);
    environment.put("WARM_UP", "0s");
    try {
      Process process = builder.start();
      processes.add(process);
      return process;
    } catch (IOException failed) {
      throw new AssertionError(failed);
    }
  }

  private static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException none) {
      throw new AssertionError(none);
    }
  }

  @AfterEach
  void stop() {
    processes.forEach(Process::destroyForcibly);
  }

  /** A user who keeps talking, wherever there is an instance. */
  private final class Talker {
    final String name;
    final ChatLog log;
    final Map<String, String> acked = new HashMap<>();
    private final String chat;
    private final Instance refuge;
    private GatewayClient client;

    Talker(String name, String chat, Instance instance, Instance refuge) {
      this.name = name;
      this.refuge = refuge;
      this.chat = chat;
      this.log = ChatLog.from(chat, new Position(0, 0L));
      this.client = connect(instance, name);
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
      client = connect(refuge, name);
      client.listen(log::apply);
      JsonNode ack = client.call(Commands.resume(chat, Objects.requireNonNull(log.position())));
      assertThat(ack.at("/chats/" + chat + "/outcome").asString()).isEqualTo("recovered");
    }
  }

  private static GatewayClient connect(Instance instance, String userId) {
    GatewayClient client =
        GatewayClient.builder(instance.socket()).token(TestGateway.token(userId)).connect();
    client.welcome();
    return client;
  }

  @Test
  void whatWasAcknowledgedIsThereOnceAndEverybodyGoesOn() throws Exception {
    Instance first = new Instance();
    Instance second = new Instance();
    for (Instance instance : List.of(first, second)) {
      await().atMost(START).ignoreExceptions().until(instance::isReady);
    }
    GatewayClient host = connect(second, "host");
    List<String> names = List.of("alice", "bob", "carol", "dave");
    String chat =
        host.call(new CreateChat(ChatType.GROUP, names, null, null)).get("chatId").asString();
    List<Talker> talkers =
        names.stream()
            .map(name -> {
              Instance home = names.indexOf(name) % 2 == 0 ? first : second;
              return new Talker(name, chat, home, second);
            })
            .toList();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> talks =
          talkers.stream().map(talker -> threads.submit(talker::talk)).toList();
      await().atMost(Duration.ofSeconds(30)).until(() -> acknowledged.get() > MESSAGES);
      first.process.destroyForcibly();
      assertThat(first.process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      talks.forEach(Scene::finish);
    }

    int all = names.size() * MESSAGES;
    for (Talker talker : talkers) {
      TwoInstancesTest.awaitSeq(talker.log, all);
      assertThat(talker.log.violations()).as(talker.name).isEmpty();
    }
    Map<String, String> stored = new HashMap<>();
    for (long after = 0; after < all; after += 200) {
      host.call(new GetHistory(chat, null, after, 200))
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
  void whatThePlatformWasPromisedToTellIsToldOnce() throws Exception {
    Instance first = new Instance();
    Instance second = new Instance();
    for (Instance instance : List.of(first, second)) {
      await().atMost(START).ignoreExceptions().until(instance::isReady);
    }
    GatewayClient phone = connect(second, "erin");
    Platform platform = new Platform(URI.create("http://127.0.0.1:" + first.port));
    List<String> promised = Collections.synchronizedList(new ArrayList<>());
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Integer> telling = threads.submit(() -> tellUntilItDies(platform, promised));
      await().atMost(Duration.ofSeconds(30)).until(() -> promised.size() > MESSAGES);
      first.process.destroyForcibly();
      assertThat(first.process.waitFor(10, TimeUnit.SECONDS)).isTrue();
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
