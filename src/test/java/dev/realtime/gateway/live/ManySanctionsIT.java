package dev.realtime.gateway.live;

import static dev.realtime.gateway.live.LiveScene.awaitRefusal;
import static dev.realtime.gateway.live.LiveScene.join;
import static dev.realtime.gateway.live.LiveScene.moderate;
import static dev.realtime.gateway.live.LiveScene.say;
import static dev.realtime.gateway.live.LiveScene.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.RefusedException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.LiveCommand.JoinStream;
import dev.realtime.gateway.protocol.LiveEvent.LiveMessage;
import dev.realtime.gateway.protocol.ModerationAction;
import dev.realtime.gateway.store.Bulkhead;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TwoNodes;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Moderation in streams with many bans, and in busy ones: it costs per change. */
@Timeout(120)
class ManySanctionsIT {

  private static final int BANS = Integer.getInteger("gateway.test.bans", 3_000);
  private static final int ACTIONS = 50;
  private static final Duration SOON = Duration.ofSeconds(2);

  /** After this time every session of the database has told its statistics. */
  private static final Duration STATISTICS = Duration.ofSeconds(12);

  private static final TestDatabase DATABASE = TestDatabase.fresh();

  @AutoClose
  private static final TwoNodes NODES =
      TwoNodes.start(DATABASE.url(), Backends.redis(), List.of(), "RATE_LIMITS_ENABLED=false");

  @AutoClose private final Scene scene = NODES.scene();

  private final GatewayClient host = scene.onFirst("host");
  private final GatewayClient viewer = scene.onSecond("viewer");
  private final String stream = stream(host);

  private void banMany() {
    DATABASE.run(
        "insert into live_sanctions (stream_id, user_id, kind) select '"
            + stream
            + "', 'troll' || n, 'ban' from generate_series(1, "
            + BANS
            + ") n");
  }

  private static long rowsRead() {
    await().pollDelay(STATISTICS).atMost(STATISTICS.multipliedBy(2)).until(() -> true);
    return DATABASE.number(
        "select seq_tup_read + idx_tup_fetch from pg_stat_user_tables"
            + " where relname = 'live_sanctions'");
  }

  /** Returns how long each of some bans took, in ms, in order. */
  private long[] banSome() {
    return IntStream.range(0, ACTIONS)
        .mapToLong(number -> {
          long begun = System.nanoTime();
          host.call(moderate(stream, ModerationAction.BAN, "raider" + number, null));
          return Duration.ofNanos(System.nanoTime() - begun).toMillis();
        })
        .sorted()
        .toArray();
  }

  @Test
  void readsNoSanctionOfOthersForAChange() {
    banMany();
    join(host, stream);
    join(viewer, stream);
    long before = rowsRead();

    long[] took = banSome();
    // The figures are what a run with many bans is for.
    System.out.printf(
        "ban beside %d others: median %d ms, slowest %d ms%n",
        BANS, took[ACTIONS / 2], took[ACTIONS - 1]);
    say(viewer, stream, "still here");

    // Both nodes may have read the stream again by age: some pages of what they keep of it.
    assertThat(rowsRead() - before).isLessThan(10L * Sanctions.MOST);
  }

  @Test
  void enforcesTheSanctionsOfEachUserWhereThereAreTooManyToKeep() {
    banMany();
    join(host, stream);
    join(viewer, stream);
    String user = scene.user("viewer");
    say(viewer, stream, "hello");

    host.call(moderate(stream, ModerationAction.MUTE, user, null));
    awaitRefusal(viewer, stream, "muted");
    host.call(moderate(stream, ModerationAction.UNMUTE, user, null));
    await()
        .atMost(SOON)
        .ignoreException(RefusedException.class)
        .until(() -> say(viewer, stream, "again").has("id"));
    host.call(moderate(stream, ModerationAction.BAN, user, null));
    awaitRefusal(viewer, stream, "banned");
    assertThat(viewer.refusal(new JoinStream(stream)).code()).isEqualTo("banned");
    host.call(moderate(stream, ModerationAction.UNBAN, user, null));
    await()
        .atMost(SOON)
        .ignoreException(RefusedException.class)
        .until(() -> join(viewer, stream).has("title"));
    try (GatewayClient troll = NODES.second().connect("troll7")) {
      assertThat(troll.refusal(new JoinStream(stream)).code()).isEqualTo("banned");
    }
  }

  /** Four instances write messages of one stream, group after group. */
  @Test
  void isNotStarvedByThoseWhoWrite() {
    join(host, stream);
    AtomicBoolean over = new AtomicBoolean();
    PurgedMessages purges = NODES.first().bean(PurgedMessages.class);
    List<Future<Boolean>> writers =
        IntStream.range(0, 4)
            .mapToObj(_ ->
                new LiveMessages(
                    DATABASE.open(),
                    purges,
                    new Bulkhead("rows", 2, 100),
                    Clock.systemUTC(),
                    new SimpleMeterRegistry()))
            .map(messages -> scene.beside(() -> write(messages, over)))
            .toList();

    long[] took = banSome();
    over.set(true);
    writers.forEach(Scene::finish);

    assertThat(took[ACTIONS - 1]).isLessThan(2_000);
  }

  private boolean write(LiveMessages messages, AtomicBoolean over) {
    while (!over.get()) {
      for (int i = 0; i < 20; i++) {
        messages.keep(
            new LiveMessage(
                Identifiers.next().toString(), stream, "viewer", "hello", null, Instant.now()),
            1);
      }
      LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
    }
    return true;
  }
}
