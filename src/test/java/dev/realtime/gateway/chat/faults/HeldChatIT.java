package dev.realtime.gateway.chat.faults;

import static dev.realtime.gateway.support.Commands.join;
import static dev.realtime.gateway.support.Commands.message;
import static dev.realtime.gateway.support.Commands.react;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RefusedException;
import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/**
 * A chat whose row somebody holds delays only itself. {@code -Dgateway.held.seconds=20} holds it
 * longer than a build does.
 */
@Timeout(120)
class HeldChatIT {

  private static final Duration HELD =
      Duration.ofSeconds(Integer.getInteger("gateway.held.seconds", 7));
  private static final int SOCKETS = 11;

  /** On a busy machine a wait of this is none. */
  private static final Duration NOTHING = Duration.ofMillis(30);

  private final TestDatabase database = TestDatabase.fresh();

  @Test
  void delaysNoOtherChatWhileOneIsHeld() {
    try (TestGateway first = TestGateway.start(database.url(), Backends.redis());
        TestGateway second = TestGateway.start(database.url(), Backends.redis());
        Scene scene = new Scene(first, second)) {
      GatewayClient alice = scene.onFirst("alice");
      String held = scene.group(alice, "bob");
      String announcement = alice.call(message(held, "who comes?")).get("id").asString();
      List<String> others = IntStream.range(0, 3).mapToObj(_ -> scene.group(alice, "bob")).toList();
      List<GatewayClient> crowd =
          IntStream.range(0, SOCKETS)
              .mapToObj(i -> scene.onFirst(i % 2 == 0 ? "bob" : "alice"))
              .toList();
      GatewayClient writer = scene.onSecond("bob");
      List<Duration> before = write(alice, others, Duration.ofSeconds(2));

      String tempId = UUID.randomUUID().toString();
      List<CompletableFuture<JsonNode>> reactions = new ArrayList<>();
      List<Duration> meanwhile;
      CompletableFuture<JsonNode> waiting;
      try (TestDatabase.Lock _ = database.lockChat(held)) {
        for (int i = 0; i < crowd.size(); i++) {
          reactions.add(crowd.get(i).request(react(announcement, "r" + i % 5)));
        }
        waiting = writer.request(message(held, "I do", tempId));
        meanwhile = write(alice, others, HELD);

        long asked = System.nanoTime();
        scene.onFirst("bob").call(join(others.getFirst()));
        assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(1));
        assertThat(ApiCalls.call(first, "GET", "/health/readiness", null).status()).isEqualTo(200);
      }
      assertThat(longest(meanwhile, 0.5))
          .as("median of %s, before %s", meanwhile.size(), longest(before, 0.5))
          .isLessThan(longest(before, 0.5).multipliedBy(2).plus(NOTHING));
      assertThat(longest(meanwhile, 0.99)).isLessThan(Duration.ofSeconds(1));
      // What could not be done says so, or was done when the row was free.
      assertThat(codes(reactions)).isSubsetOf("done", "unavailable");
      assertThat(codes(List.of(waiting))).isSubsetOf("done", "unavailable");
      assertThat(writer.call(message(held, "I do", tempId)).get("seq").asLong()).isEqualTo(2);
    }
  }

  private static List<Duration> write(GatewayClient client, List<String> chats, Duration lasts) {
    List<Duration> took = new ArrayList<>();
    long end = System.nanoTime() + lasts.toNanos();
    for (int i = 0; System.nanoTime() < end; i++) {
      long asked = System.nanoTime();
      client.call(message(chats.get(i % chats.size()), "text " + i));
      took.add(Duration.ofNanos(System.nanoTime() - asked));
    }
    return took;
  }

  private static Duration longest(List<Duration> took, double share) {
    return took.stream().sorted().toList().get((int) (took.size() * share));
  }

  private static List<String> codes(List<CompletableFuture<JsonNode>> asked) {
    return asked.stream().map(HeldChatIT::code).toList();
  }

  private static String code(CompletableFuture<JsonNode> asked) {
    try {
      asked.join();
      return "done";
    } catch (CompletionException failed) {
      if (failed.getCause() instanceof RefusedException refused) {
        return refused.code();
      }
      throw failed;
    }
  }
}
