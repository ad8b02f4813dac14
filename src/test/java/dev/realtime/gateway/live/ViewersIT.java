package dev.realtime.gateway.live;

import static dev.realtime.gateway.live.LiveScene.join;
import static dev.realtime.gateway.live.LiveScene.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import dev.realtime.gateway.protocol.LiveCommand.LeaveStream;
import dev.realtime.gateway.protocol.StreamStatus;
import dev.realtime.gateway.session.ConnectionRegistry;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.redis.RedisStore;
import dev.realtime.gateway.support.TestGateway;
import dev.realtime.gateway.support.TwoNodes;
import io.lettuce.core.KillArgs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Viewer counts that are true, on two nodes. */
@Timeout(120)
class ViewersIT {

  private static final Duration RIGHT = Duration.ofSeconds(2);

  @AutoClose private static final TwoNodes NODES = TwoNodes.start();

  private record Count(long at, long value) {}

  private final List<GatewayClient> clients = new ArrayList<>();
  private final Queue<Count> counts = new ConcurrentLinkedQueue<>();
  private final GatewayClient watcher = on(node(0), "watcher");
  private final String stream = stream(watcher);

  private static TestGateway node(int number) {
    return number % 2 == 0 ? NODES.first() : NODES.second();
  }

  private GatewayClient on(TestGateway node, String user) {
    GatewayClient client = node.connect(user);
    clients.add(client);
    return client;
  }

  @BeforeEach
  void watch() {
    watcher.listen(this::heard);
    join(watcher, stream);
  }

  @AfterEach
  void leaveAll() {
    clients.forEach(GatewayClient::abort);
  }

  private void heard(Received frame) {
    if (frame.event().equals("live:viewer-count")) {
      counts.add(new Count(System.nanoTime(), frame.number("count")));
    }
  }

  /** Who joins again stays counted, and takes no second of its places. */
  @Test
  void countWhoJoinsAgainOnce() {
    GatewayClient viewer = on(node(1), "again");
    assertThat(join(viewer, stream).get("viewerCount").asLong()).isEqualTo(2);
    await().atMost(RIGHT).until(() -> counts.stream().anyMatch(count -> count.value() == 2));
    counts.clear();
    watcher.skip();
    int rooms = rooms("again");

    for (int i = 0; i < 20; i++) {
      assertThat(join(viewer, stream).get("viewerCount").asLong()).isEqualTo(2);
    }

    // The next push replaces a wrong count of the same second, so a marker would hide it.
    watcher.assertSilence(
        frame -> frame.event().equals("live:viewer-count") && frame.number("count") != 2, RIGHT);
    assertThat(counts).extracting(Count::value).doesNotContain(1L, 3L);
    assertThat(rooms("again")).isEqualTo(rooms);
  }

  private static int rooms(String user) {
    return node(1).bean(ConnectionRegistry.class).of(user).stream()
        .mapToInt(connection -> connection.rooms().size())
        .sum();
  }

  private List<GatewayClient> crowd(int size) {
    return IntStream.range(0, size).mapToObj(i -> on(node(i), "viewer" + i)).toList();
  }

  private void awaitCount(long truth, Duration deadline) {
    await()
        .atMost(deadline)
        .until(
            () -> counts.stream().reduce((_, last) -> last).map(Count::value).orElse(1L) == truth);
  }

  private void assertNeverFasterThanOneASecond() {
    List<Count> all = List.copyOf(counts);
    for (int i = 1; i < all.size(); i++) {
      Duration between = Duration.ofNanos(all.get(i).at() - all.get(i - 1).at());
      assertThat(between).as("between %s", all).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    }
  }

  private void assertOnlyChanges() {
    List<Long> values = counts.stream().map(Count::value).toList();
    for (int i = 1; i < values.size(); i++) {
      assertThat(values.get(i)).as("after %s", values).isNotEqualTo(values.get(i - 1));
    }
  }

  /** As if an instance had died after Redis told it to push, and before it did. */
  @Test
  void tellsTheCountAgainAfterAnInterruption() {
    await().atMost(RIGHT).until(() -> counts.stream().anyMatch(count -> count.value() == 1));
    RedisStore redis = node(0).bean(RedisStore.class);
    redis
        .run(commands -> commands.hset("stream:{" + stream + "}:figures", "pushed", "2"))
        .block(RIGHT);
    GatewayClient viewer = on(node(1), "late");
    assertThat(join(viewer, stream).get("viewerCount").asLong()).isEqualTo(2);
    // Only time shows that no push comes: whatever could be a marker would have the count pushed.
    watcher.assertSilence(
        frame -> frame.event().equals("live:viewer-count") && frame.number("count") == 2, RIGHT);

    redis.run(commands -> commands.clientKill(KillArgs.Builder.typePubsub())).block(RIGHT);

    awaitCount(2, Duration.ofSeconds(10));
  }

  @Test
  void areRightWithinTwoSecondsWhoeverComesAndGoes() {
    List<GatewayClient> crowd = crowd(40);
    crowd.forEach(viewer -> join(viewer, stream));
    awaitCount(41, RIGHT);
    crowd.subList(0, 10).forEach(viewer -> viewer.call(new LeaveStream(stream)));
    awaitCount(31, RIGHT);
    crowd.subList(10, 20).forEach(GatewayClient::close);
    awaitCount(21, RIGHT);
    crowd.subList(20, 30).forEach(GatewayClient::abort);
    awaitCount(11, RIGHT);
    crowd.subList(0, 10).forEach(viewer -> join(viewer, stream));
    awaitCount(21, RIGHT);

    assertNeverFasterThanOneASecond();
    assertOnlyChanges();
  }

  @Test
  void countUsersNotConnections() {
    GatewayClient phone = on(node(0), "anna");
    GatewayClient tablet = on(node(1), "anna");
    join(phone, stream);
    assertThat(join(tablet, stream).get("viewerCount").asLong()).isEqualTo(2);
    assertThat(join(tablet, stream).get("viewerCount").asLong()).isEqualTo(2);
    awaitCount(2, RIGHT);

    phone.call(new LeaveStream(stream));
    GatewayClient berta = on(node(1), "berta");
    assertThat(join(berta, stream).get("viewerCount").asLong()).isEqualTo(3);
    tablet.close();
    awaitCount(2, RIGHT.plusSeconds(1));
  }

  /** An instance that says nothing any more is taken for dead; one that comes back counts again. */
  @Test
  void loseTheShareOfADeadInstanceAndFindItAgain() {
    List<GatewayClient> crowd = crowd(10);
    crowd.forEach(viewer -> join(viewer, stream));
    awaitCount(11, RIGHT);

    node(1).bean(Viewers.class).stop();
    awaitCount(6, Duration.ofSeconds(15));
    node(1).bean(Viewers.class).start();
    awaitCount(11, Viewers.RENEWAL.plus(RIGHT));

    assertNeverFasterThanOneASecond();
  }

  /** A Redis that was restarted without its data is told everything anew. */
  @Test
  void areToldAnewToARedisThatHasForgotten() {
    List<GatewayClient> crowd = crowd(10);
    crowd.forEach(viewer -> join(viewer, stream));
    awaitCount(11, RIGHT);

    node(0).bean(RedisStore.class).run(redis -> redis.flushall()).block();
    join(on(node(1), "another"), stream);

    awaitCount(12, Viewers.RENEWAL.plus(RIGHT));
    crowd.subList(0, 5).forEach(GatewayClient::close);
    awaitCount(7, RIGHT);
  }

  @Test
  void keepPeakAndUniqueViewersAtTheEnd() {
    crowd(10).forEach(viewer -> join(viewer, stream));
    clients.subList(1, 11).forEach(viewer -> viewer.call(new LeaveStream(stream)));
    GatewayClient late = on(node(1), "late");
    join(late, stream);

    Viewers.Figures figures = node(1).bean(Viewers.class).figures(stream).block();

    assertThat(figures).isEqualTo(new Viewers.Figures(11L, 12L));
    watcher.call(LiveScene.status(stream, StreamStatus.STARTED));
    watcher.call(LiveScene.status(stream, StreamStatus.ENDED));
    assertThat(
            node(0)
                .bean(Database.class)
                .sql(
                    "select peak_viewers || ' ' || unique_viewers as line from streams where id ="
                        + " :stream")
                .bind("stream", stream)
                .map(row -> row.text("line"))
                .one()
                .block())
        .isEqualTo("11 12");
  }
}
