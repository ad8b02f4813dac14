package dev.realtime.gateway.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.config.RedisLink;
import dev.realtime.gateway.dev.DevelopmentRedis;
import dev.realtime.gateway.support.Backends;
import dev.realtime.gateway.support.RedisAdministration;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;

class RedisRoomBusIT implements RoomBusContract {

  private static final EventLoop LOOP = LoopResources.create("bus", 1, true).onServer(true).next();
  private static final ClientResources RESOURCES =
      RedisLink.resources().reconnectDelay(Delay.constant(Duration.ofMillis(100))).build();

  private final RedisRoomBus bus = connect(Backends.redis());
  private final RedisRoomBus other = connect(Backends.redis());

  private static RedisRoomBus connect(DevelopmentRedis redis) {
    return new RedisRoomBus(RESOURCES, RedisURI.create(redis.host(), redis.port()), LOOP);
  }

  @Override
  public RoomBus bus() {
    return bus;
  }

  @Override
  public RoomBus other() {
    return other;
  }

  @AfterEach
  void close() {
    bus.close();
    other.close();
  }

  @AfterAll
  static void release() throws InterruptedException {
    assertThat(RESOURCES.shutdown(0, 2, TimeUnit.SECONDS).await(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void carriesOnAfterRedisWasKilled() {
    try (DevelopmentRedis redis = DevelopmentRedis.startTemporary();
        RedisRoomBus here = connect(redis);
        RedisRoomBus there = connect(redis)) {
      RoomId room = RoomBusContract.freshRoom();
      RoomId joinedAway = RoomBusContract.freshRoom();
      Ear near = new Ear();
      Ear far = new Ear();
      RoomBusContract.listen(here, room, near);
      RoomBusContract.listen(there, room, far);

      redis.kill();
      await().atMost(DEADLINE).until(() -> !here.isConnected() && !there.isConnected());
      RoomBusContract.publish(here, room, "while away");
      near.awaitLast("while away");
      assertThat(far.heard).isEmpty();

      // Whoever comes meanwhile is not kept waiting, and is told when the bus is back.
      Ear late = new Ear();
      long start = System.nanoTime();
      Disposable lateSubscription = RoomBusContract.listen(here, joinedAway, late);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
      RoomBusContract.publish(here, joinedAway, "among ourselves");
      late.awaitLast("among ourselves");
      RoomId leftAway = RoomBusContract.freshRoom();
      Ear gone = new Ear();
      RoomBusContract.listen(here, leftAway, gone).dispose();

      redis.restart();
      for (Ear ear : new Ear[] {near, far, late}) {
        await()
            .atMost(Duration.ofSeconds(5))
            .untilAsserted(() -> assertThat(ear.interruptions).hasPositiveValue());
      }
      RoomBusContract.publish(there, room, "back");
      near.awaitLast("back");
      far.awaitLast("back");
      RoomBusContract.publish(there, joinedAway, "back too");
      late.awaitLast("back too");
      RoomBusContract.publish(there, leftAway, "nobody");
      lateSubscription.dispose();

      assertThat(near.heard).containsExactly("while away", "back");
      assertThat(far.heard).containsExactly("back");
      assertThat(late.heard).containsExactly("among ourselves", "back too");
      assertThat(gone.heard).isEmpty();
      assertThat(gone.interruptions).hasValue(0);
    }
  }

  @Test
  void tellsRedisOnceOfAllThatOneTurnSubscribes() {
    List<RoomId> rooms = Stream.generate(RoomBusContract::freshRoom).limit(1_000).toList();
    Ear ear = new Ear();
    try (RedisClient client = clientOf(Backends.redis());
        StatefulRedisConnection<String, String> redis = client.connect()) {
      long before = subscribeCommands(redis);
      List<Disposable> subscriptions =
          Flux.fromIterable(rooms)
              .flatMap(room -> bus.subscribe(room, ear), rooms.size())
              .subscribeOn(Schedulers.fromExecutor(LOOP))
              .collectList()
              .block(DEADLINE);

      assertThat(subscriptions).hasSize(rooms.size());
      assertThat(subscribeCommands(redis) - before).isBetween(1L, 20L);
    }
    rooms.forEach(room -> RoomBusContract.publish(other, room, room.id()));
    rooms.forEach(room -> ear.awaitLast(room.id()));
  }

  @Test
  void keepsHundredsOfChannelsAcrossARestart() {
    List<RoomId> rooms = Stream.generate(RoomBusContract::freshRoom).limit(500).toList();
    Ear ear = new Ear();
    try (DevelopmentRedis redis = DevelopmentRedis.startTemporary();
        RedisRoomBus here = connect(redis);
        RedisRoomBus there = connect(redis)) {
      Flux<Disposable> entering =
          Flux.fromIterable(rooms)
              .index()
              .flatMap(room -> {
                if (room.getT1() == 250) {
                  redis.kill();
                }
                return here.subscribe(room.getT2(), ear);
              });
      entering.collectList().block(DEADLINE);
      redis.restart();

      try (RedisAdministration administration = new RedisAdministration(redis)) {
        List<String> channels = rooms.stream().map(RoomId::channel).toList();
        await()
            .atMost(DEADLINE)
            .until(() ->
                administration.listeners(channels).values().stream().allMatch(each -> each == 1));
        await().atMost(DEADLINE).until(there::isConnected);
        rooms.forEach(room -> RoomBusContract.publish(there, room, room.id()));
        rooms.forEach(room -> ear.awaitLast(room.id()));
      }
    }
  }

  @Test
  void leavesNothingBehindAfterThousandsCameAndWent() {
    List<RoomId> rooms =
        IntStream.range(0, 2_000)
            .mapToObj(i -> i % 2 == 0 ? RoomId.user("storm-" + i) : RoomId.chat("storm-" + i))
            .toList();
    try (RedisAdministration administration = new RedisAdministration(Backends.redis())) {
      for (int storm = 0; storm < 10; storm++) {
        List<RoomId> order = new ArrayList<>(rooms);
        Collections.shuffle(order, new Random(storm));
        int seed = storm;
        Flux.fromIterable(order)
            .index()
            .flatMap(room -> comeAndGo(room.getT2(), (room.getT1() + seed) % 3), 500)
            .blockLast(Duration.ofSeconds(30));
      }

      await()
          .atMost(DEADLINE)
          .untilAsserted(() -> assertThat(administration.channels("room:*:storm-*")).isEmpty());
    }
  }

  /** Some stay until they are in, some are gone before. */
  private Flux<Disposable> comeAndGo(RoomId room, long how) {
    Ear ear = new Ear();
    Flux<Disposable> visit = bus.subscribe(room, ear).doOnNext(Disposable::dispose).flux();
    return how == 0 ? visit.take(Duration.ofMillis(1)) : visit;
  }

  private static RedisClient clientOf(DevelopmentRedis redis) {
    return RedisClient.create(RESOURCES, RedisURI.create(redis.host(), redis.port()));
  }

  private static long subscribeCommands(StatefulRedisConnection<String, String> redis) {
    return redis
        .sync()
        .info("commandstats")
        .lines()
        .filter(line -> line.startsWith("cmdstat_subscribe:calls="))
        .map(line -> line.replaceAll("cmdstat_subscribe:calls=(\\d+).*", "$1"))
        .mapToLong(Long::parseLong)
        .sum();
  }
}
