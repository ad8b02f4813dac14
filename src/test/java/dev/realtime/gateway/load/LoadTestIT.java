package dev.realtime.gateway.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.support.Gateways;
import dev.realtime.gateway.support.TestGateway;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Each mode for a moment against a real gateway: everything comes, once and in order. */
@Timeout(60)
class LoadTestIT {

  private static final TestGateway gateway = Gateways.shared("RATE_LIMITS_ENABLED=false");

  @TempDir private Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void fansOutAtARate() throws Exception {
    JsonNode result =
        run("--mode fanout --connections 100 --publishers 3 --rate 100 --warmup 0 --duration 1");

    assertThat(result.at("/messages/sent").asLong()).isEqualTo(100);
    assertThat(result.at("/messages/delivered").asLong()).isEqualTo(10_000);
    assertThat(result.at("/latencyMs/delivery/count").asLong()).isEqualTo(10_000);
    assertThat(result.at("/server/cpuSeconds").asDouble()).isPositive();
  }

  @Test
  void fansOutWithAWindow() throws Exception {
    JsonNode result =
        run("--mode fanout --connections 50 --publishers 2 --window 4 --warmup 0 --duration 1");

    assertThat(result.at("/messages/sent").asLong()).isGreaterThan(20);
    assertThat(result.at("/rates/deliveredPerSecond").asDouble()).isPositive();
  }

  @Test
  void fillsManyRooms() throws Exception {
    JsonNode result =
        run("--mode rooms --connections 100 --rooms 20 --rate 100 --warmup 0 --duration 1");

    assertThat(result.at("/messages/delivered").asLong()).isEqualTo(500);
  }

  @Test
  void thinksBetweenTheMessagesOfAWindow() throws Exception {
    JsonNode result =
        run(
            "--mode rooms --connections 20 --rooms 10 --window 1 --think-time 200 --warmup 0"
                + " --duration 1");

    assertThat(result.at("/messages/sent").asLong()).isBetween(20L, 110L);
  }

  @Test
  void connectsAndLeaves() throws Exception {
    JsonNode result = run("--mode connect --connections 200 --duration 3 --in-flight 20");

    assertThat(result.at("/connections/ready").asLong()).isEqualTo(200);
    assertThat(result.at("/latencyMs/connect/count").asLong()).isEqualTo(200);
    assertThat(result.at("/rates/connectedPerSecond").asDouble()).isPositive();
  }

  @Test
  void holdsIdleConnections() throws Exception {
    JsonNode result =
        run("--mode idle --connections 100 --ramp 1 --warmup 0 --duration 1 --source-addresses 2");

    assertThat(result.at("/connections/ready").asLong()).isEqualTo(100);
    assertThat(result.at("/server/rssReadyBytes").asLong()).isPositive();
  }

  @Test
  void writesAndIsAcknowledged() throws Exception {
    JsonNode result =
        run("--mode writes --publishers 50 --rooms 10 --members 2 --warmup 0 --duration 1");

    long acknowledged = result.at("/messages/acknowledged").asLong();
    assertThat(acknowledged).isPositive().isEqualTo(result.at("/messages/sent").asLong());
    assertThat(result.at("/messages/delivered").asLong()).isEqualTo(2 * acknowledged);
    assertThat(result.at("/latencyMs/acknowledgement/p99").asDouble()).isPositive();
  }

  @Test
  void drawsAPlotThatNeedsNothingElse() throws Exception {
    Path html = folder.resolve("plot.html");

    run("--mode rooms --connections 4 --rooms 2 --rate 10 --warmup 0 --duration 1 --html " + html);

    assertThat(Files.readString(html)).contains("<polyline").doesNotContain("src=", "href=", "NaN");
  }

  @Test
  void takesUsersFromATokenList() throws Exception {
    Path tokens = folder.resolve("tokens.txt");
    Files.write(tokens, List.of(TestGateway.token("one"), TestGateway.token("two")));

    JsonNode result =
        runWith(
            List.of("--tokens", tokens.toString(), "--service-token", TestGateway.serviceToken()),
            "--mode writes --publishers 4 --rooms 2 --members 1 --warmup 0 --duration 1");

    assertThat(result.at("/messages/acknowledged").asLong()).isPositive();
  }

  @Test
  void saysWhatFailed() throws Exception {
    List<String> words =
        new ArrayList<>(words("--mode idle --connections 3 --duration 1 --strict"));
    words.addAll(List.of("--secret", "a-secret-the-gateway-does-not-know-0123"));
    Path json = folder.resolve("failed.json");
    words.addAll(List.of("--json", json.toString()));

    assertThat(run(words)).isEqualTo(1);

    JsonNode result = read(json);
    assertThat(result.at("/clean").asBoolean()).isFalse();
    assertThat(result.at("/connections/failures").get("upgrade refused: 401").asInt()).isEqualTo(3);
  }

  @Test
  void tellsHowItGoesEachSecond() throws Exception {
    run("--mode rooms --connections 4 --rooms 2 --rate 10 --warmup 1 --duration 1");

    assertThat(err.toString(StandardCharsets.UTF_8)).contains("ready 4", "delivered", "p99");
  }

  private JsonNode run(String options) throws Exception {
    return runWith(List.of("--secret", TestGateway.ACCESS_SECRET), options);
  }

  private JsonNode runWith(List<String> access, String options) throws Exception {
    Path json = folder.resolve("result.json");
    List<String> words = new ArrayList<>(words(options));
    words.addAll(access);
    words.addAll(List.of("--json", json.toString(), "--strict"));
    words.addAll(List.of("--server-pid", Long.toString(ProcessHandle.current().pid())));

    assertThat(run(words)).as(this::output).isZero();
    JsonNode result = read(json);
    assertThat(result.at("/clean").asBoolean()).isTrue();
    assertThat(result.at("/messages/lost").asLong()).isZero();
    assertThat(result.at("/messages/duplicates").asLong()).isZero();
    assertThat(result.at("/messages/outOfOrder").asLong()).isZero();
    return result;
  }

  private int run(List<String> words) throws InterruptedException {
    List<String> all = new ArrayList<>(words);
    all.addAll(List.of("--url", gateway.socket().toString()));
    return LoadTest.run(all, new PrintStream(out, true), new PrintStream(err, true));
  }

  private String output() {
    return out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8);
  }

  private static JsonNode read(Path json) throws IOException {
    return WireJson.mapper().readTree(Files.readString(json));
  }

  private static List<String> words(String options) {
    return List.of(options.split(" ", -1));
  }
}
