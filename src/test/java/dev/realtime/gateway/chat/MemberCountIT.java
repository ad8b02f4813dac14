package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.Commands.member;
import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RefusedException;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.ApiCalls.Answer;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.Seeds;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The number of members is stored with the chat, whoever changes them. */
@Timeout(120)
class MemberCountIT {

  private static final int STEPS = 30;
  private static final List<String> USERS =
      IntStream.range(0, 8).mapToObj(i -> "member-" + i).toList();

  private static final String MISCOUNTED =
      """
      chats c where c.member_count <> (
        select count(*) from chat_members m where m.chat_id = c.id)
      """;

  /** An instance takes one import at a time. */
  private static final ReentrantLock IMPORT = new ReentrantLock();

  private final TestDatabase database = TestDatabase.fresh();

  @Test
  void isRightAfterAnyMixOfChanges() {
    try (TestGateway gateway = TestGateway.start(database.url(), Backends.redis());
        Scene scene = new Scene(gateway, gateway)) {
      Seeds.run(4, 4, seed -> change(scene, new Random(seed)));

      assertThat(database.count("chats")).isPositive();
      assertThat(database.count("chat_changes where member_id is not null")).isPositive();
      assertThat(database.count(MISCOUNTED)).isZero();
    }
  }

  private static void change(Scene scene, Random random) {
    GatewayClient client = scene.first().connect(any(random, USERS));
    Future<?> beside = scene.beside(() -> changeByApi(scene, new Random(random.nextLong())));
    for (int i = 0; i < STEPS; i++) {
      MemberAction action = any(random, List.of(MemberAction.values()));
      try {
        client.call(member(chat(random), any(random, USERS), action));
      } catch (RefusedException refused) {
        assertThat(refused.code()).isIn("forbidden", "not_found", "conflict");
      }
    }
    Scene.finish(beside);
    client.close();
  }

  private static boolean changeByApi(Scene scene, Random random) {
    ApiCalls api = ApiCalls.to(scene.first());
    for (int i = 0; i < STEPS; i++) {
      assertThat(changeOnce(api, random).status()).isLessThan(500);
    }
    return true;
  }

  private static Answer changeOnce(ApiCalls api, Random random) {
    String path = "/api/v1/chats/" + chat(random);
    String members = path + "/members/" + any(random, USERS);
    return switch (random.nextInt(8)) {
      case 0 -> api.call("DELETE", path, null);
      case 1, 2 -> api.call("DELETE", members, null);
      case 3, 4 -> api.call("PUT", members, random.nextBoolean() ? "{}" : "{\"role\": \"admin\"}");
      case 5 -> bring(api, line(random));
      default -> api.call("PUT", path, group(random));
    };
  }

  private static Answer bring(ApiCalls api, String line) {
    IMPORT.lock();
    try {
      return api.call("POST", "/api/v1/chats:import", line, "Content-Type", "application/x-ndjson");
    } finally {
      IMPORT.unlock();
    }
  }

  private static String line(Random random) {
    return "{\"id\": \"" + chat(random) + "\", " + group(random).substring(1) + "\n";
  }

  private static String group(Random random) {
    String admins = random.nextBoolean() ? "" : ", \"adminIds\": [" + some(random) + "]";
    return "{\"type\": \"group\", \"memberIds\": [" + some(random) + "]" + admins + "}";
  }

  private static String some(Random random) {
    return USERS.stream()
        .filter(_ -> random.nextBoolean())
        .map(user -> '"' + user + '"')
        .collect(Collectors.joining(","));
  }

  private static String chat(Random random) {
    return "counted-" + random.nextInt(6);
  }

  private static <T> T any(Random random, List<T> of) {
    return of.get(random.nextInt(of.size()));
  }
}
