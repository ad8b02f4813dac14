package dev.realtime.gateway.web.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.PackagedGateway;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** An import, killed in the middle, and made again. */
@Timeout(600)
class KilledImportIT {

  private static final int CHATS = 400;
  private static final int MESSAGES = 5;
  private static final String CONTENT = "x".repeat(4_000);

  @TempDir private Path folder;

  private final TestDatabase database = TestDatabase.fresh();
  private final HttpClient http = HttpClient.newHttpClient();

  private static byte[] line(int chat) {
    StringBuilder line = new StringBuilder();
    line.append(
        "{\"id\":\"c%d\",\"type\":\"group\",\"memberIds\":[\"a\",\"b\"],\"messages\":["
            .formatted(chat));
    for (int i = 1; i <= MESSAGES; i++) {
      line.append(i == 1 ? "" : ",")
          .append(
              "{\"id\":\"%d\",\"senderId\":\"a\",\"createdAt\":\"2020-01-01T00:00:0%dZ\","
                  .formatted(i, i))
          .append("\"content\":\"" + CONTENT + "\"}");
    }
    return line.append("]}\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  /** 8 MB, made as they are sent. */
  private CompletableFuture<HttpResponse<String>> bring(URI to) {
    HttpRequest request =
        HttpRequest.newBuilder(to)
            .header("Content-Type", "application/x-ndjson")
            .header("Authorization", "Bearer " + TestGateway.serviceToken())
            .POST(
                BodyPublishers.ofByteArrays(
                    () -> IntStream.range(0, CHATS).mapToObj(KilledImportIT::line).iterator()))
            .build();
    return http.sendAsync(request, BodyHandlers.ofString());
  }

  @Test
  void goesOnWithTheSameFileWhereTheKilledInstanceWas() throws Exception {
    try (PackagedGateway killed = new PackagedGateway(database.url(), "128m", folder);
        TestGateway next = TestGateway.start(database.url(), Backends.redis())) {
      killed.ready();
      CompletableFuture<HttpResponse<String>> first = bring(killed.http("/api/v1/chats:import"));
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> ApiCalls.call(next, "GET", "/api/v1/rooms/chat/c200", null).status() == 200);
      killed.kill();
      assertThat(first.handle((_, failure) -> failure != null).join()).isTrue();

      JsonNode again = summary(next);
      assertThat(again.get("failed").asInt()).isZero();
      assertThat(again.get("extended").asInt()).as("a chat is there whole or not").isZero();
      assertThat(again.get("unchanged").asInt()).isBetween(150, CHATS - 1);
      assertThat(again.get("created").asInt() + again.get("unchanged").asInt()).isEqualTo(CHATS);
    }
    database.run(
        """
        do $$ begin
          assert (select count(*) from chats where last_seq = %1$d and last_rev = %1$d) = %2$d;
          assert (select count(*) from messages) = %1$d * %2$d;
          assert (select max(seq) from messages) = %1$d;
        end $$
        """
            .formatted(MESSAGES, CHATS));
  }

  private JsonNode summary(TestGateway gateway) {
    HttpResponse<String> answer = bring(gateway.http("/api/v1/chats:import")).join();
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return WireJson.mapper().readTree(answer.body());
  }
}
