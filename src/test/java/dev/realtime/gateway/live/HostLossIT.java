package dev.realtime.gateway.live;

import static dev.realtime.gateway.live.LiveScene.join;
import static dev.realtime.gateway.live.LiveScene.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.dev.DevelopmentRedis;
import dev.realtime.gateway.protocol.LiveCommand.CreateStream;
import dev.realtime.gateway.protocol.StreamStatus;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.Scene;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A stream that was created to end when its host is lost. */
@Timeout(120)
class HostLossIT {

  // Instances on one Redis take turns to look, so those of other tests would delay these.
  private static final DevelopmentRedis REDIS = DevelopmentRedis.startTemporary();
  private static final String DATABASE = Backends.freshDatabase();
  private static final List<TestGateway> NODES =
      Stream.of(1, 2).map(_ -> TestGateway.start(DATABASE, REDIS)).toList();

  @AutoClose private final Scene scene = new Scene(NODES.getFirst(), NODES.getLast());

  @AfterAll
  static void stop() {
    NODES.forEach(TestGateway::close);
    REDIS.close();
  }

  private String stream(GatewayClient host) {
    String stream = host.call(new CreateStream("Launch", null, true)).get("streamId").asString();
    host.call(status(stream, StreamStatus.STARTED));
    return stream;
  }

  /** A stream whose host stays, and one whose host has never joined, go on. */
  @Test
  void endsThirtySecondsAfterItsHostHasGone() {
    GatewayClient host = scene.onFirst("host");
    GatewayClient other = scene.onFirst("other");
    GatewayClient absent = scene.onFirst("absent");
    GatewayClient viewer = scene.onSecond("viewer");
    String lost = stream(host);
    String kept = stream(other);
    String never = stream(absent);
    join(host, lost);
    join(other, kept);
    join(viewer, lost);
    join(viewer, kept);
    join(viewer, never);
    await().atMost(Duration.ofSeconds(10)).until(() -> isSeen(lost));

    host.abort();
    long gone = System.nanoTime();

    assertThat(
            viewer.await("live:status", Duration.ofSeconds(45)).data().get("streamId").asString())
        .isEqualTo(lost);
    assertThat(Duration.ofNanos(System.nanoTime() - gone))
        .isBetween(Duration.ofSeconds(29), Duration.ofSeconds(40));
    // Two more polls of every instance must not end the other streams: only time shows that.
    viewer.assertSilence("live:status", Duration.ofSeconds(5));
  }

  private boolean isSeen(String stream) {
    return "true"
        .equals(
            scene
                .first()
                .bean(Database.class)
                .sql("select host_joined::text as seen from streams where id = :stream")
                .bind("stream", stream)
                .map(row -> row.text("seen"))
                .one()
                .block());
  }
}
