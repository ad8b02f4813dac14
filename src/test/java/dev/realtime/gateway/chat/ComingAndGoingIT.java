package dev.realtime.gateway.chat;

import static dev.realtime.gateway.support.Commands.edit;
import static dev.realtime.gateway.support.Commands.historyAfter;
import static dev.realtime.gateway.support.Commands.member;
import static dev.realtime.gateway.support.Commands.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.bus.DelayingBus;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.protocol.ChatType;
import dev.realtime.gateway.protocol.MemberAction;
import dev.realtime.gateway.protocol.Role;
import dev.realtime.gateway.support.RoomWitness;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.Seeds;
import dev.realtime.gateway.support.TwoNodes;
import dev.realtime.gateway.support.Visitor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Members who are removed and added, join, join again, resume and leave while others write, over a
 * bus that takes its time: each connection is in the room or out of it, as it was told.
 */
@Timeout(900)
class ComingAndGoingIT {

  private static final int IN_EVERY_BUILD = 30;
  private static final int BESIDE = 6;
  private static final int ROUNDS = 6;
  private static final Duration LATE = Duration.ofSeconds(10);
  private static final AtomicInteger RUN = new AtomicInteger();

  /** Writers at full speed would leave those who come and go no time on a small machine. */
  private static final Duration PACE = Duration.ofMillis(3);

  @AutoClose
  private static final TwoNodes NODES =
      TwoNodes.with(DelayingBus.class, "RATE_LIMITS_ENABLED=false");

  @Test
  void putsEveryConnectionInTheRoomOrOutOfIt() {
    Seeds.run(IN_EVERY_BUILD, BESIDE, ComingAndGoingIT::play);
  }

  private static void play(long seed) {
    try (Scene scene = NODES.scene()) {
      new Play(scene, seed).run();
    }
  }

  /** A connection of one who comes and goes, and what it is told. */
  private static final class Guest extends Visitor {
    private final String chat;
    private final RoomWitness witness;

    Guest(GatewayClient client, String chat, String user) {
      super(client);
      this.chat = chat;
      this.witness = new RoomWitness(chat, user);
      client.listen(witness::apply);
    }

    private String join() {
      return send("join", "chat:join", "{\"chatId\":\"%s\"}".formatted(chat));
    }

    private String since() {
      return send(
          "since", "chat:join", "{\"chatId\":\"%s\",\"since\":%d}".formatted(chat, witness.seq()));
    }

    private String resume() {
      return send(
          "resume",
          "session:resume",
          "{\"chats\":{\"%s\":%s}}".formatted(chat, witness.position()));
    }

    private String leave() {
      return send("leave", "chat:leave", "{\"chatId\":\"%s\"}".formatted(chat));
    }

    /** Does something, or nothing. */
    void act(Random random) {
      List<String> ids =
          switch (random.nextInt(9)) {
            case 0 -> List.of(join(), join());
            case 1 -> List.of(since());
            case 2 -> List.of(resume());
            case 3 -> List.of(leave());
            case 4 -> List.of(leave(), join());
            case 5 -> List.of(resume(), join());
            case 6, 7 -> List.of(join());
            default -> List.of();
          };
      ids.forEach(this::answer);
    }
  }

  private static final class Play {
    private final Scene scene;
    private final Random random;
    private final GatewayClient admin;
    private final GatewayClient carol;
    private final String bob;
    private final String chat;
    private final Guest host;
    private final List<Guest> guests;
    private final AtomicBoolean over = new AtomicBoolean();

    Play(Scene scene, long seed) {
      this.scene = scene;
      this.random = new Random(seed);
      this.admin = scene.onFirst("admin");
      this.carol = scene.onSecond("carol");
      this.bob = scene.user("bob");
      this.chat = create(scene, "seed-%d-%d".formatted(seed, RUN.incrementAndGet()));
      this.host = new Guest(admin, chat, scene.user("admin"));
      this.guests =
          Stream.of(scene.onFirst("bob"), scene.onSecond("bob"))
              .map(client -> new Guest(client, chat, bob))
              .toList();
    }

    private static String create(Scene scene, String id) {
      Map<String, Role> members =
          Map.of(
              scene.user("admin"), Role.ADMIN,
              scene.user("bob"), Role.MEMBER,
              scene.user("carol"), Role.MEMBER);
      var plan = new ChatPlan(id, ChatType.GROUP, null, null, members);
      // Not by the platform: members are told of that, with rev 0.
      return Objects.requireNonNull(
              scene.first().bean(ChatCreation.class).create(scene.user("bob"), plan).block(LATE))
          .id();
    }

    void run() {
      host.answer(host.join());
      List<Future<Boolean>> traffic =
          Stream.of(admin, carol).map(client -> scene.beside(() -> write(client))).toList();
      for (int round = 0; round < ROUNDS; round++) {
        playRound();
      }
      over.set(true);
      traffic.forEach(Scene::finish);
      assertThatAllAgree();
    }

    private boolean write(GatewayClient client) {
      while (!over.get()) {
        String id = client.call(message(chat, "text")).get("id").asString();
        client.call(edit(id, "edited"));
        LockSupport.parkNanos(PACE.toNanos());
      }
      return true;
    }

    private void playRound() {
      boolean oneAfterTheOther = random.nextBoolean();
      if (oneAfterTheOther) {
        manage(random);
      }
      List<Random> dice = Stream.generate(() -> new Random(random.nextLong())).limit(3).toList();
      List<Future<Boolean>> acts =
          Stream.of(0, 1)
              .map(index ->
                  scene.beside(() -> {
                    guests.get(index).act(dice.get(index));
                    return true;
                  }))
              .toList();
      if (!oneAfterTheOther) {
        manage(dice.get(2));
      }
      acts.forEach(Scene::finish);
    }

    private void manage(Random dice) {
      for (MemberAction action : actions(dice.nextInt(4))) {
        admin.call(member(chat, bob, action));
      }
    }

    private static List<MemberAction> actions(int choice) {
      return switch (choice) {
        case 0, 1 -> List.of(MemberAction.REMOVE, MemberAction.ADD);
        case 2 -> List.of(MemberAction.PROMOTE, MemberAction.DEMOTE);
        default ->
            List.of(
                MemberAction.REMOVE,
                MemberAction.ADD,
                MemberAction.PROMOTE,
                MemberAction.REMOVE,
                MemberAction.ADD);
      };
    }

    private void assertThatAllAgree() {
      long last = admin.call(message(chat, "last")).get("rev").asLong();
      await().atMost(LATE).until(() -> host.witness.rev() >= last);
      List<Long> changes =
          admin.received().stream()
              .filter(
                  frame -> frame.event().equals("chat:member") && frame.text("userId").equals(bob))
              .map(frame -> frame.number("rev"))
              .toList();
      Map<Long, String> log = history();
      assertThat(host.witness.violations()).isEmpty();
      for (Guest guest : guests) {
        RoomWitness witness = guest.witness;
        await()
            .atMost(LATE)
            .pollInterval(Duration.ofMillis(5))
            .untilAsserted(() -> {
              assertThat(witness.violations()).as(witness::story).isEmpty();
              assertThat(witness.own()).as(witness::story).isEqualTo(changes);
              assertThat(!witness.isIn() || witness.rev() >= last)
                  .as(() -> "in, and deaf: " + witness.story())
                  .isTrue();
            });
        if (witness.isIn()) {
          assertThat(log).containsAllEntriesOf(witness.contents());
        }
      }
    }

    private Map<Long, String> history() {
      Map<Long, String> log = new java.util.HashMap<>();
      long after = 0;
      while (true) {
        var page = admin.call(historyAfter(chat, after, 200));
        for (var each : page.get("messages")) {
          after = each.get("seq").asLong();
          log.put(after, each.get("content").asString());
        }
        if (!page.get("hasMore").asBoolean()) {
          return log;
        }
      }
    }
  }
}
