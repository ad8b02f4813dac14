package dev.realtime.gateway.web.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.chat.imports.ImportedChat;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.support.ApiCalls.Answer;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.LogCapture;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** An import beside others, in an instance that stops, and on a database that will not have it. */
@Timeout(90)
class ImportFaultsIT {

  private static final Duration SOON = Duration.ofSeconds(20);

  private final TestDatabase database = TestDatabase.fresh();

  @AutoClose
  private final TestGateway gateway = TestGateway.start(database.url(), Backends.redis());

  private static String group(String id) {
    return "{\"id\":\"%s\",\"type\":\"group\",\"memberIds\":[\"a\",\"b\"]}".formatted(id);
  }

  private static String said(String id, int number) {
    return """
    {"id":"%s","messages":[{"id":"m%d","senderId":"a","content":"hi",\
    "createdAt":"2020-01-01T00:00:0%dZ"}]}\
    """
        .formatted(id, number, number);
  }

  private boolean isThere(String chat) {
    return database.count("chats where id = '" + chat + "'") == 1;
  }

  @Test
  void failsOnlyALineTheDatabaseRefuses() {
    database.run("alter table chats add constraint uncursed check (id <> 'cursed')");

    try (LogCapture log = new LogCapture()) {
      Answer answer = OpenImport.whole(gateway, group("one"), group("cursed"), group("two"));

      assertThat(answer.status()).as(answer.response().body()).isEqualTo(200);
      assertThat(answer.body().get("created").asInt()).isEqualTo(2);
      assertThat(answer.body().get("failures").toString())
          .contains("\"line\":2,\"code\":\"internal\"");
      assertThat(log.takeFaults()).singleElement().asString().contains("Line 2", "uncursed");
    }
  }

  @Test
  void endsWhenTheDatabaseIsDown() {
    OpenImport.whole(gateway, group("before"));
    database.shut();
    try {
      OpenImport.whole(gateway, group("during")).assertProblem(503, "unavailable", null);
    } finally {
      database.admit();
    }

    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(OpenImport.whole(gateway, group("during")).status()).isEqualTo(200));
  }

  @Test
  void runsOneAtATime() throws IOException {
    try (var _ = new OpenImport(gateway, List.of(group("first")))) {
      await().atMost(SOON).until(() -> isThere("first"));

      Answer second = OpenImport.whole(gateway, group("second"));

      second.assertProblem(503, "unavailable", null);
      assertThat(second.response().headers().firstValue("Retry-After")).contains("5");
      assertThat(isThere("second")).isFalse();
    }

    await().atMost(SOON).until(() -> OpenImport.whole(gateway, group("second")).status() == 200);
  }

  @Test
  void endsWithTheLinesUnderWayWhereTheInstanceStops() throws IOException {
    OpenImport.whole(gateway, group("held"), said("held", 1));
    CompletableFuture<Void> stop;
    try (var held = database.lockChat("held");
        var open =
            new OpenImport(gateway, List.of(said("held", 2), said("held", 3), said("held", 4)))) {
      await()
          .atMost(SOON)
          .until(() ->
              database.count(
                      "pg_stat_activity where wait_event_type = 'Lock'"
                          + " and datname = current_database()")
                  == 1);
      stop = CompletableFuture.runAsync(gateway::close);
      await().atMost(SOON).until(() -> !gateway.bean(ImportSlot.class).isRunning());
      held.release();

      assertThat(open.status()).contains("503");
    }

    assertThat(stop).succeedsWithin(SOON);
    assertThat(database.count("messages")).isBetween(2L, 3L);
  }

  @Test
  void endsWhereTheInstanceStopsAndNothingComes() throws IOException {
    try (var open = new OpenImport(gateway, List.of(group("first")))) {
      await().atMost(SOON).until(() -> isThere("first"));

      CompletableFuture<Void> stop = CompletableFuture.runAsync(gateway::close);

      assertThat(open.status()).contains("503");
      assertThat(stop).succeedsWithin(SOON);
    }
  }

  @Test
  void keepsReadMarkersWithinTheChat() {
    String unread = ",\"unread\":{\"b\":9}}";
    OpenImport.whole(gateway, group("marked"), said("marked", 1).replaceFirst("}$", unread));

    assertThat(database.count("chat_members where user_id = 'a' and read_seq = 1")).isEqualTo(1);
    assertThat(database.count("chat_members where user_id = 'b' and read_seq = 0")).isEqualTo(1);
  }

  @Test
  void endsWhenTheBodyStopsComing() {
    StepVerifier.withVirtualTime(() -> NdjsonLines.of(Flux.never()))
        .thenAwait(NdjsonLines.SILENCE)
        .expectError(TimeoutException.class)
        .verify(SOON);
  }

  @Test
  void passesOnlyNewChatsAfterTooManyRefusedOnes() {
    RefusedChats refused = new RefusedChats();
    for (int i = 0; i < RefusedChats.REMEMBERED; i++) {
      refused.add("c" + i, i);
    }
    ImportedChat more =
        WireJson.mapper().readValue("{\"id\":\"other\"}", ImportLine.class).checked(Instant.now());

    assertThatExceptionOfType(GatewayException.class)
        .isThrownBy(() -> refused.requireNone(more))
        .satisfies(refusal -> assertThat(refusal.field()).isEqualTo("id"));
  }
}
