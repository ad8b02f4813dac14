package dev.realtime.gateway.webhook;

import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.ClientException;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.dev.DevelopmentRedis;
import dev.realtime.gateway.protocol.ChatCommand.CreateChat;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import dev.realtime.gateway.support.WebhookReceiver;
import dev.realtime.gateway.support.WebhookReceiver.Post;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two processes out of the packaged jar, a receiver that goes away under load and comes back, and
 * one of the processes killed meanwhile and again while it sends.
 */
@Timeout(240)
class KilledSenderIT {

  private static final int MESSAGES = 150;
  private static final Duration START = Duration.ofSeconds(90);
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  @TempDir private Path folder;
  @AutoClose private final WebhookReceiver receiver = new WebhookReceiver();

  private final HttpClient http = HttpClient.newHttpClient();
  private final String database = Backends.freshDatabase();
  private final List<Process> processes = new ArrayList<>();

  private record Instance(Process process, int port) {}

  private Instance launch() throws IOException {
    int port;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    DevelopmentRedis redis = Backends.redis();
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-jar",
            Path.of(System.getProperty("gateway.jar", "missing")).toAbsolutePath().toString());
    builder.directory(folder.toFile()).redirectErrorStream(true);
    builder.redirectOutput(folder.resolve(port + ".log").toFile());
    Map<String, String> environment = builder.environment();
    environment.clear();
    List<String> settings =
        new ArrayList<>(
            List.of(
                "PORT=" + port,
                "BIND_ADDRESS=127.0.0.1",
                "DATABASE_URL=" + database,
                "REDIS_HOST=" + redis.host(),
                "REDIS_PORT=" + redis.port(),
                "JWT_ACCESS_TOKEN_SECRET=" + TestGateway.ACCESS_SECRET,
                "JWT_REFRESH_TOKEN_SECRET=" + TestGateway.REFRESH_SECRET,
                "WARM_UP=0s"));
    // A short lease: what the killed one held is soon the other's.
    settings.addAll(
        List.of(
            receiver.settings(
                "message.created,message.undelivered",
                "WEBHOOK_TIMEOUT=1s",
                "WEBHOOK_UNDELIVERED_AFTER=1s")));
    for (String setting : settings) {
      String[] parts = setting.split("=", 2);
      environment.put(parts[0], parts[1]);
    }
    Process process = builder.start();
    processes.add(process);
    return new Instance(process, port);
  }

  private boolean isReady(Instance instance) throws IOException, InterruptedException {
    URI readiness = URI.create("http://127.0.0.1:" + instance.port() + "/readyz");
    return http.send(HttpRequest.newBuilder(readiness).build(), BodyHandlers.discarding())
            .statusCode()
        == 200;
  }

  private static GatewayClient connect(Instance instance, String userId) {
    GatewayClient client =
        GatewayClient.builder(URI.create("ws://127.0.0.1:" + instance.port() + "/ws"))
            .token(TestGateway.token(userId))
            .connect();
    client.welcome();
    return client;
  }

  @AfterEach
  void stop() {
    processes.forEach(Process::destroyForcibly);
  }

  /** Each message until it is acknowledged, at the other instance when this one has died. */
  private static int talk(Instance home, Instance refuge, String user, String chat) {
    GatewayClient client = connect(home, user);
    for (int i = 0; i < MESSAGES; i++) {
      boolean acknowledged = false;
      while (!acknowledged) {
        try {
          client.call(message(chat, user + " " + i, user + i));
          acknowledged = true;
        } catch (ClientException lost) {
          client.abort();
          client = connect(refuge, user);
        }
      }
    }
    client.close();
    return MESSAGES;
  }

  @Test
  void everyEventArrivesInOrderThoughReceiverAndSenderFail() throws Exception {
    Instance first = launch();
    Instance second = launch();
    for (Instance instance : List.of(first, second)) {
      await().atMost(START).ignoreExceptions().until(() -> isReady(instance));
    }
    GatewayClient host = connect(second, "host");
    List<String> users = List.of("alice", "bob", "carol", "dave");
    List<String> chats = new ArrayList<>();
    for (String user : users) {
      chats.add(
          host.call(new CreateChat(ChatType.GROUP, List.of(user, away(user)), null, null))
              .get("chatId")
              .asString());
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> talks = new ArrayList<>();
      for (int i = 0; i < users.size(); i++) {
        int each = i;
        Instance home = each % 2 == 0 ? first : second;
        talks.add(threads.submit(() -> talk(home, second, users.get(each), chats.get(each))));
      }
      await().atMost(DEADLINE).until(() -> receiver.accepted().size() > 50);
      receiver.goAway();
      first.process().destroyForcibly();
      assertThat(first.process().waitFor(10, TimeUnit.SECONDS)).isTrue();
      talks.forEach(Scene::finish);
    }
    receiver.comeBack();

    for (String chat : chats) {
      await()
          .atMost(DEADLINE)
          .untilAsserted(() ->
              assertThat(distinctSeqs(chat))
                  .containsExactlyElementsOf(LongStream.rangeClosed(1, MESSAGES).boxed().toList()));
      assertThat(receiver.accepted(chat).stream().map(Post::id).distinct()).hasSize(MESSAGES);
    }
    for (String user : users) {
      await().atMost(DEADLINE).until(() -> !receiver.accepted(away(user)).isEmpty());
      assertThat(receiver.accepted(away(user)).stream().map(Post::id).distinct()).hasSize(1);
    }
    assertThat(receiver.accepted("host")).isEmpty();
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
