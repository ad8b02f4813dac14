package dev.realtime.gateway.live;

import static dev.realtime.gateway.live.LiveScene.moderate;
import static dev.realtime.gateway.live.LiveScene.say;
import static dev.realtime.gateway.live.LiveScene.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.bus.DelayingBus;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.ModerationAction;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.Seeds;
import dev.realtime.gateway.support.TwoNodes;
import dev.realtime.gateway.support.Visitor;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Viewers who are banned and let in again, join, join again, resume and leave, over a bus that
 * takes its time: each connection is in the stream or out of it, as it was told.
 */
@Timeout(900)
class ComingAndGoingLiveIT {

  private static final int IN_EVERY_BUILD = 30;
  private static final int BESIDE = 6;
  private static final int ROUNDS = 6;
  private static final Duration LATE = Duration.ofSeconds(10);

  /** Writers at full speed would leave those who come and go no time on a small machine. */
  private static final Duration PACE = Duration.ofMillis(3);

  @AutoClose
  private static final TwoNodes NODES =
      TwoNodes.with(DelayingBus.class, "RATE_LIMITS_ENABLED=false");

  @Test
  void putsEveryConnectionInTheStreamOrOutOfIt() {
    Seeds.run(IN_EVERY_BUILD, BESIDE, ComingAndGoingLiveIT::play);
  }

  private static void play(long seed) {
    try (Scene scene = NODES.scene()) {
      new Play(scene, seed).run();
    }
  }

  /** A connection of one who comes and goes, and what it is told. */
  private static final class Guest extends Visitor {
    private final String stream;
    private final StreamWitness witness = new StreamWitness();
    private boolean in;

    Guest(GatewayClient client, String stream) {
      super(client);
      this.stream = stream;
      client.listen(witness::apply);
    }

    private String join() {
      in = true;
      return send("join", "live:join", "{\"streamId\":\"%s\"}".formatted(stream));
    }

    private String resume() {
      in = true;
      return send("resume", "session:resume", "{\"streams\":[\"%s\"]}".formatted(stream));
    }

    private String leave() {
      in = false;
      return send("leave", "live:leave", "{\"streamId\":\"%s\"}".formatted(stream));
    }

    /** Does something, or nothing. */
    void act(Random random) {
      List<String> ids =
          switch (random.nextInt(8)) {
            case 0 -> List.of(join(), join());
            case 1 -> List.of(resume());
            case 2 -> List.of(leave());
            case 3 -> List.of(leave(), join());
            case 4, 5, 6 -> List.of(join());
            default -> List.of();
          };
      for (String id : ids) {
        if (isRefused(answer(id))) {
          // Another instance may not have heard yet that the ban is over.
          await()
              .atMost(LATE)
              .pollInterval(Duration.ofMillis(5))
              .until(() -> !isRefused(answer(join())));
        }
      }
    }

    private static boolean isRefused(Received answer) {
      return answer.event().equals("error")
          || answer.raw().contains("\"outcome\":\"banned\"")
          || answer.raw().contains("\"outcome\":\"unavailable\"");
    }
  }

  private static final class Play {
    private final Scene scene;
    private final Random random;
    private final GatewayClient host;
    private final String stream;
    private final List<Guest> guests;
    private final AtomicBoolean over = new AtomicBoolean();
    private int slowMode;
    private long said;

    Play(Scene scene, long seed) {
      this.scene = scene;
      this.random = new Random(seed);
      this.host = scene.onFirst("host");
      this.stream = stream(host);
      this.guests =
          Stream.of(scene.onFirst("bob"), scene.onSecond("bob"))
              .map(client -> new Guest(client, stream))
              .toList();
    }

    void run() {
      LiveScene.join(host, stream);
      List<Future<Boolean>> traffic =
          List.of(scene.beside(this::talk), scene.beside(this::keepOrder));
      for (int round = 0; round < ROUNDS; round++) {
        playRound();
      }
      over.set(true);
      traffic.forEach(Scene::finish);
      assertThatAllAgree();
    }

    private boolean talk() {
      while (!over.get()) {
        say(host, stream, Long.toString(++said));
        LockSupport.parkNanos(PACE.toNanos());
      }
      return true;
    }

    private boolean keepOrder() {
      while (!over.get()) {
        host.call(moderate(stream, ModerationAction.SLOW_MODE, null, ++slowMode));
        LockSupport.parkNanos(PACE.toNanos());
      }
      return true;
    }

    private void playRound() {
      if (random.nextBoolean()) {
        for (int bans = 1 + random.nextInt(2); bans > 0; bans--) {
          guests.forEach(guest -> guest.witness.disturb());
          guests.forEach(guest -> guest.in = false);
          host.call(moderate(stream, ModerationAction.BAN, scene.user("bob"), null));
          host.call(moderate(stream, ModerationAction.UNBAN, scene.user("bob"), null));
        }
      }
      List<Random> dice = Stream.generate(() -> new Random(random.nextLong())).limit(2).toList();
      Stream.of(0, 1)
          .map(index ->
              scene.beside(() -> {
                guests.get(index).act(dice.get(index));
                return true;
              }))
          .toList()
          .forEach(Scene::finish);
    }

    private void assertThatAllAgree() {
      host.call(moderate(stream, ModerationAction.SLOW_MODE, null, ++slowMode));
      say(host, stream, Long.toString(++said));
      for (Guest guest : guests) {
        await()
            .atMost(LATE)
            .pollInterval(Duration.ofMillis(5))
            .untilAsserted(() -> {
              assertThat(guest.witness.violations()).as(guest.witness::story).isEmpty();
              assertThat(!guest.in || guest.witness.has(slowMode, said))
                  .as(() -> "in, and deaf: " + guest.witness.story())
                  .isTrue();
            });
      }
    }
  }
}
