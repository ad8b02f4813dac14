package dev.realtime.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Commands;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import dev.realtime.gateway.support.WebhookReceiver;
import dev.realtime.gateway.support.WebhookReceiver.Post;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What docs/webhooks.md shows is what is there, and works on a webhook that was delivered. */
@Timeout(90)
class WebhookExamplesIT {

  private static final Path EXAMPLES = Path.of("docs", "examples").toAbsolutePath();

  @TempDir private Path folder;
  @AutoClose private final WebhookReceiver receiver = new WebhookReceiver();

  @ParameterizedTest
  @ValueSource(strings = {"verify-webhook.mjs", "VerifyWebhook.java"})
  void showOnThePageWhatTheFilesSay(String example) throws IOException {
    assertThat(Files.readString(Path.of("docs/webhooks.md")))
        .contains(Files.readString(EXAMPLES.resolve(example)).strip());
  }

  @Test
  void nameEveryTypeOnThePage() throws IOException {
    String page = Files.readString(Path.of("docs/webhooks.md"));
    for (WebhookType type : WebhookType.values()) {
      assertThat(page).contains("`" + type.wireName() + "`");
    }
  }

  private Post delivered() {
    String[] settings = receiver.settings("message.created");
    try (var gateway = TestGateway.start(Backends.freshDatabase(), Backends.redis(), settings);
        var scene = new Scene(gateway, gateway)) {
      GatewayClient alice = scene.onFirst("alice");
      alice.call(Commands.message(scene.group(alice, "bob"), "„Grüße“ 👋"));
      await().atMost(Duration.ofSeconds(20)).until(() -> !receiver.accepted().isEmpty());
      return receiver.accepted().getFirst();
    }
  }

  @Test
  void tellAGenuineOneFromOthers() throws Exception {
    Post post = delivered();
    Path body = Files.writeString(folder.resolve("body"), post.body());
    Path forged = Files.writeString(folder.resolve("forged"), post.body().replace("Grüße", "Geld"));
    String secret = WebhookReceiver.SECRET;
    String old = Long.toString(Long.parseLong(post.timestamp()) - 301);

    List<Shown> shown =
        List.of(
            new Shown(secret, post, body),
            new Shown(secret, post, forged),
            new Shown(secret.replace("_d2Vi", "_AAAA"), post, body),
            new Shown(secret, post.at(old), body),
            new Shown(secret, post.signedBy("nonsense"), body),
            new Shown(secret, post.signedBy("v1,AAAA " + post.signature()), body));
    for (List<String> program : List.of(javascript(), java())) {
      assertThat(run(program, shown))
          .containsExactly("true", "false", "false", "false", "false", "true");
    }
  }

  /** What the gateway would have sent a while ago is refused for its age alone. */
  @Test
  void refuseAnOldOne() throws Exception {
    Post post = delivered();
    Path body = Files.writeString(folder.resolve("body"), post.body());
    Post old = post.at(Long.toString(Long.parseLong(post.timestamp()) - 301)).signedAnew();
    Post young = post.at(Long.toString(Long.parseLong(post.timestamp()) - 200)).signedAnew();

    List<Shown> shown =
        List.of(
            new Shown(WebhookReceiver.SECRET, old, body),
            new Shown(WebhookReceiver.SECRET, young, body));
    for (List<String> program : List.of(javascript(), java())) {
      assertThat(run(program, shown)).containsExactly("false", "true");
    }
  }

  private List<String> javascript() throws IOException {
    Path script = folder.resolve("verify.mjs");
    Files.writeString(
        script,
        """
        import { readFileSync } from 'node:fs';
        import { isGenuine } from '%s';
        for (let given = process.argv.slice(2); given.length > 0; given = given.slice(5)) {
          const [secret, id, timestamp, signature, body] = given;
          const headers = {
            'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
          console.log(isGenuine(secret, headers, readFileSync(body)));
        }
        """
            .formatted(EXAMPLES.resolve("verify-webhook.mjs").toUri()));
    return List.of("node", script.toString());
  }

  private List<String> java() throws IOException {
    Path source = folder.resolve("Verify.java");
    Files.copy(EXAMPLES.resolve("VerifyWebhook.java"), folder.resolve("VerifyWebhook.java"));
    Files.writeString(
        source,
        """
        void main(String[] all) throws Exception {
          for (int i = 0; i < all.length; i += 5) {
            String[] given = java.util.Arrays.copyOfRange(all, i, i + 5);
            byte[] body = java.nio.file.Files.readAllBytes(java.nio.file.Path.of(given[4]));
            var headers = java.util.Map.of(
                "webhook-id", given[1], "webhook-timestamp", given[2], "webhook-signature", given[3]);
            IO.println(VerifyWebhook.isGenuine(given[0], headers, body));
          }
        }
        """);
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:TieredStopAtLevel=1",
        source.toString());
  }

  /** A webhook as it is shown to an example. */
  private record Shown(String secret, Post post, Path body) {}

  /** Starts the program once, which takes a second, and returns its answers. */
  private static List<String> run(List<String> program, List<Shown> shown) throws Exception {
    List<String> command = new ArrayList<>(program);
    for (Shown each : shown) {
      Post post = each.post();
      command.addAll(
          List.of(
              each.secret(),
              post.key(),
              post.timestamp(),
              post.signature(),
              each.body().toString()));
    }
    ProcessBuilder builder = new ProcessBuilder(command);
    Process process = builder.redirectErrorStream(true).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return output.lines().toList();
  }
}
