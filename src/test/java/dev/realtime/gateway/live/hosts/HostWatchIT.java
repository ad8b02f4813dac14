package dev.realtime.gateway.live.hosts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.dev.DevelopmentRedis;
import dev.realtime.gateway.protocol.LiveCommand.CreateStream;
import dev.realtime.gateway.protocol.LiveCommand.JoinStream;
import dev.realtime.gateway.protocol.LiveCommand.SetStatus;
import dev.realtime.gateway.protocol.StreamStatus;
import dev.realtime.gateway.store.redis.RedisStore;
import dev.realtime.gateway.support.FaultyLink;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

/** The watch over hosts: what it costs, and what stops it. */
@Timeout(120)
class HostWatchIT {

  private static final int STREAMS = 1_000;
  private static final Duration LOOKS = Duration.ofSeconds(6);

  private static final String SCANS =
      "select seq_scan + idx_scan from pg_stat_user_tables where relname = 'streams'";

  /** Its own, because the instances on one Redis take turns to look, whatever their database. */
  @AutoClose private static final DevelopmentRedis REDIS = DevelopmentRedis.startTemporary();

  private final TestDatabase database = TestDatabase.fresh();

  private static String stream(int number) {
    return "watched-" + number;
  }

  /** Puts the host of a stream into the share of an instance whose lease does not end here. */
  private static Flux<?> enter(RedisStore redis, String stream) {
    String viewers = "stream:{" + stream + "}:viewers";
    return Flux.concat(
        redis.run(commands -> commands.hset(viewers, "host", "1")),
        redis.run(commands -> commands.sadd(viewers + ":elsewhere", "host")),
        redis.run(
            commands -> commands.zadd("stream:{" + stream + "}:instances", 4e12, "elsewhere")));
  }

  private void insert(String ids, String lostAt) {
    database.run(
        "insert into streams (id, host_id, title, status, end_on_host_loss, host_joined,"
            + " host_lost_at) select id, 'host', 'Launch', 'started', true, true, "
            + lostAt
            + " from "
            + ids);
  }

  private String hostLostAt(String stream) {
    return database.count("streams where host_lost_at is not null and id = '" + stream + "'") == 0
        ? "never"
        : "lost";
  }

  private boolean hasEnded(String stream) {
    return database.count("streams where status = 'ended' and id = '" + stream + "'") == 1;
  }

  /** One statement reads all streams of a look, and none is written. */
  @Test
  void costsNothingPerStreamAndGoesOnAfterAnEndThatFails() {
    try (TestGateway node = TestGateway.start(database.url(), REDIS)) {
      database.run(
          "create function refuse_end() returns trigger language plpgsql as"
              + " $$ begin raise exception 'refused'; end $$",
          "create trigger refuse_end before update on streams for each row"
              + " when (new.id = 'lost-a' and new.status = 'ended') execute function refuse_end()");
      RedisStore redis = node.bean(RedisStore.class);
      Flux.range(0, STREAMS).concatMap(number -> enter(redis, stream(number))).blockLast();
      insert("(select 'watched-' || n as id from generate_series(0, 999) n) s", "null");
      insert("(values ('lost-a'), ('lost-b')) s (id)", "now() - interval '1 hour'");
      await().pollDelay(LOOKS).until(() -> true);
      long before = database.number(SCANS);
      await().pollDelay(LOOKS).until(() -> true);

      assertThat(database.number(SCANS) - before).isLessThan(100);
      assertThat(database.count("streams where host_lost_at is not null")).isEqualTo(2);
      // The watch itself ends nothing for thirty seconds after its start.
      node.bean(HostWatch.class).all(true).block();
      assertThat(hasEnded("lost-b")).isTrue();
      assertThat(hasEnded("lost-a")).isFalse();
      assertThat(database.count("streams where status = 'started'")).isEqualTo(STREAMS + 1);
    }
  }

  private static String started(GatewayClient host) {
    String stream = host.call(new CreateStream("Launch", null, true)).get("streamId").asString();
    host.call(new SetStatus(stream, StreamStatus.STARTED));
    host.call(new JoinStream(stream));
    return stream;
  }

  private void lose(String stream) {
    database.run(
        "update streams set host_lost_at = now() - interval '1 hour' where id = '" + stream + "'");
  }

  /** Without Redis the other instances do not see the host; here he is still watching. */
  @Test
  void keepsTheStreamOfAHostWhoseInstanceHasLostRedis() {
    FaultyLink link = new FaultyLink(REDIS.port());
    try (link;
        TestGateway node = TestGateway.start(database.url(), REDIS, "REDIS_PORT=" + link.port());
        GatewayClient host = node.connect("host")) {
      String stream = started(host);
      await().until(() -> database.count("streams where host_joined") == 1);

      link.close();
      RedisStore redis = node.bean(RedisStore.class);
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() ->
              "down".equals(redis.run(commands -> commands.ping()).onErrorReturn("down").block()));
      lose(stream);

      await().atMost(Duration.ofSeconds(10)).until(() -> hostLostAt(stream).equals("never"));
    }
  }

  /** A Redis that has forgotten the viewers does not end a stream whose host is connected. */
  @Test
  void endsNoStreamWhoseHostAnInstanceHolds() {
    try (TestGateway first = TestGateway.start(database.url(), REDIS);
        TestGateway second = TestGateway.start(database.url(), REDIS);
        GatewayClient host = first.connect("host")) {
      String held = started(host);
      insert("(values ('lost')) s (id)", "now() - interval '1 hour'");
      lose(held);
      String keys = "stream:{" + held + "}:";
      second
          .bean(RedisStore.class)
          .run(redis -> redis.del(keys + "viewers", keys + "instances"))
          .block();

      second.bean(HostWatch.class).all(true).block();

      assertThat(hasEnded(held)).isFalse();
      assertThat(hostLostAt(held)).isEqualTo("never");
      assertThat(hasEnded("lost")).isTrue();
    }
  }
}
