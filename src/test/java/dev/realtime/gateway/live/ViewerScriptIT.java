package dev.realtime.gateway.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.live.ViewerScript.Moved;
import dev.realtime.gateway.live.ViewerShare.Batch;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.store.redis.RedisStore;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The viewers of a stream in Redis, as two instances tell them. */
@Timeout(60)
class ViewerScriptIT {

  private static final int CALL = ViewerScript.MOVED_AT_ONCE;

  @AutoClose private final Scene scene = new Scene();

  private final TestGateway node = scene.first();
  private final ViewerScript script = node.bean(ViewerScript.class);
  private final RedisStore redis = node.bean(RedisStore.class);
  private final String stream = Identifiers.next().toString();
  private final String keys = "stream:{" + stream + "}:";

  private static List<String> users(int from) {
    return IntStream.range(from, from + CALL).mapToObj(number -> "user" + number).toList();
  }

  private Moved tell(String instance, Batch batch) {
    return Objects.requireNonNull(script.move(stream, instance, batch, 0).block());
  }

  /** Tells one third of a share of 3,000. */
  private Moved tellPart(int generation, int part) {
    boolean anew = generation > 1 && part == 0;
    boolean partial = generation > 1 && part < 2;
    return tell(
        "large",
        new Batch(
            anew, generation, (long) part * CALL, partial, false, users(part * CALL), List.of()));
  }

  private Moved callOfOther(long expected, List<String> joining) {
    return tell("other", new Batch(false, 1, expected, false, false, joining, List.of()));
  }

  @Test
  void countAShareThatIsToldAnewAsBefore() {
    IntStream.range(0, 3).forEach(part -> tellPart(1, part));
    assertThat(callOfOther(0, List.of("somebody")).count()).isEqualTo(3 * CALL + 1);
    long generations = 4;

    for (int generation = 2; generation <= generations; generation++) {
      for (int part = 0; part < 3; part++) {
        assertThat(tellPart(generation, part).count()).isEqualTo(3 * CALL + 1);
        Moved seen = callOfOther(1, List.of());
        assertThat(seen.count()).isEqualTo(3 * CALL + 1);
      }
    }

    Moved last = callOfOther(1, List.of());
    for (int calls = 0; last.more() && calls < 20; calls++) {
      last = callOfOther(1, List.of());
    }
    assertThat(last.settled()).isTrue();
    assertThat(last.count()).isEqualTo(3 * CALL + 1);
    assertThat(redis.run(commands -> commands.zcard(keys + "instances")).block()).isEqualTo(2);
  }

  /** A call of some milliseconds for each thousand, and none that holds Redis up for all. */
  @Test
  void removeTheShareOfADeadInstanceInParts() {
    IntStream.range(0, 3).forEach(part -> tellPart(1, part));
    redis.run(commands -> commands.zadd(keys + "instances", 1, "large:1")).block();

    Moved first = callOfOther(0, List.of("somebody"));

    assertThat(first.count()).isEqualTo(2 * CALL + 1);
    assertThat(first.more()).isTrue();
    assertThat(first.push()).as("a count on its way down").isFalse();
    assertThat(callOfOther(1, List.of()).count()).isEqualTo(CALL + 1);
    assertThat(callOfOther(1, List.of()).count()).isEqualTo(1);
    assertThat(callOfOther(1, List.of()).more()).isFalse();
  }

  /** Nobody is told of an audience that has only seemed to leave. */
  @Test
  void pushNoCountUntilAForgetfulRedisHasHeardEveryInstance() {
    IntStream.range(0, 3).forEach(part -> tellPart(1, part));
    callOfOther(0, List.of("somebody"));
    for (String key : List.of("viewers", "instances", "figures", "viewers:other:1")) {
      redis.run(commands -> commands.del(keys + key)).block();
    }

    assertThat(callOfOther(1, List.of()).lost()).isTrue();
    Moved anew = tell("other", new Batch(true, 2, 0, false, false, List.of("somebody"), List.of()));

    assertThat(anew.count()).isEqualTo(1);
    assertThat(anew.push()).isFalse();
    assertThat(anew.pushIn()).isBetween(3_000L, 4_100L);
    assertThat(script.figures(stream).block()).isEqualTo(new Viewers.Figures(1L, null));
  }

  @Test
  void saysNothingOfAnAudienceThatRedisDoesNotKnow() {
    assertThat(script.count(stream).block()).isZero();
    assertThat(script.figures(stream).block()).isEqualTo(new Viewers.Figures(null, null));
  }
}
