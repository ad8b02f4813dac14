package dev.realtime.gateway.bus;

import static dev.realtime.gateway.bus.RoomBusContract.DEADLINE;
import static dev.realtime.gateway.bus.RoomBusContract.freshRoom;
import static dev.realtime.gateway.bus.RoomBusContract.listen;
import static dev.realtime.gateway.bus.RoomBusContract.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.bus.RoomBusContract.Ear;
import dev.realtime.gateway.dev.DevelopmentRedis;
import dev.realtime.gateway.support.RedisAdministration;
import dev.realtime.gateway.support.RedisAdministration.Held;
import io.lettuce.core.RedisURI;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;

/** A Redis that stalls, goes deaf, or breaks in the middle of a command. */
@Timeout(90)
class RedisFaultsIT {

  private static final EventLoop LOOP =
      LoopResources.create("faults", 1, true).onServer(true).next();
  private static final ClientResources RESOURCES =
      ClientResources.builder().reconnectDelay(Delay.constant(Duration.ofMillis(100))).build();

  // Its own: a stall would hold up other tests.
  private static final DevelopmentRedis REDIS = DevelopmentRedis.startTemporary();
  private static final RedisAdministration ADMINISTRATION = new RedisAdministration(REDIS);
  private static final int SEEDS = Integer.getInteger("gateway.seeds", 2);
  private static final Duration STALL = Duration.ofSeconds(3);

  @AfterAll
  static void stop() throws InterruptedException {
    ADMINISTRATION.close();
    REDIS.close();
    assertThat(RESOURCES.shutdown(0, 2, TimeUnit.SECONDS).await(5, TimeUnit.SECONDS)).isTrue();
  }

  /** With the patience of the gateway, not Lettuce's minute. */
  private static RedisURI uri() {
    return RedisURI.builder()
        .withHost(REDIS.host())
        .withPort(REDIS.port())
        .withTimeout(Duration.ofSeconds(2))
        .build();
  }

  private static RedisRoomBus bus(RedisURI uri) {
    return new RedisRoomBus(RESOURCES, uri, LOOP);
  }

  private static void awaitNanoTime(long nanoTime) {
    await().pollInterval(Duration.ofMillis(5)).until(() -> System.nanoTime() - nanoTime >= 0);
  }

  private static void awaitSubscribers(RoomId room, long expected) {
    await()
        .atMost(DEADLINE)
        .untilAsserted(() ->
            assertThat(ADMINISTRATION.listeners(room.channel())).as(room.id()).isEqualTo(expected));
  }

  @Test
  void leavesNobodyDeafOrBehindAfterAStall() {
    try (RedisRoomBus bus = bus(uri());
        RedisRoomBus other = bus(uri())) {
      RoomId left = freshRoom();
      RoomId leftAndBack = freshRoom();
      RoomId leftAndLateBack = freshRoom();
      RoomId come = freshRoom();
      RoomId comeAndLeft = freshRoom();
      Ear ear = new Ear();
      List<Disposable> before =
          Stream.of(left, leftAndBack, leftAndLateBack)
              .map(room -> listen(bus, room, ear))
              .toList();

      ADMINISTRATION.stall(STALL, Held.ALL);
      long end = System.nanoTime() + Duration.ofMillis(2_400).toNanos();
      before.forEach(Disposable::dispose);
      // Each of them goes on after a while as if the bus were down.
      var entering =
          Flux.just(leftAndBack, come, comeAndLeft)
              .flatMapSequential(room -> bus.subscribe(room, ear))
              .collectList()
              .toFuture();
      List<Disposable> during = entering.orTimeout(5, TimeUnit.SECONDS).join();
      awaitNanoTime(end);
      Disposable late = bus.subscribe(leftAndLateBack, ear).toFuture().join();
      listen(bus, comeAndLeft, new Ear()).dispose();
      during.get(2).dispose();

      awaitSubscribers(left, 0);
      awaitSubscribers(comeAndLeft, 0);
      for (RoomId room : List.of(leftAndBack, leftAndLateBack, come)) {
        awaitSubscribers(room, 1);
        publish(other, room, room.id());
        ear.awaitLast(room.id());
      }
      during.subList(0, 2).forEach(Disposable::dispose);
      late.dispose();
      for (RoomId room : List.of(left, leftAndBack, leftAndLateBack, come, comeAndLeft)) {
        awaitSubscribers(room, 0);
      }
    }
  }

  @Test
  void deliversOnceAndInOrderAfterAStall() {
    try (RedisRoomBus bus = bus(uri());
        RedisRoomBus other = bus(uri())) {
      RoomId room = freshRoom();
      Ear near = new Ear();
      Ear far = new Ear();
      listen(bus, room, near);
      listen(other, room, far);
      List<String> sent = IntStream.range(0, 100).mapToObj(Integer::toString).toList();

      ADMINISTRATION.stall(STALL, Held.WRITE);
      sent.forEach(message -> publish(bus, room, message));
      publish(bus, room, "end");
      near.awaitLast("end");
      far.awaitLast("end");
      // Behind everything that could come twice.
      publish(bus, room, "after");
      near.awaitLast("after");
      far.awaitLast("after");

      for (Ear ear : List.of(near, far)) {
        assertThat(ear.heard)
            .containsExactlyElementsOf(
                Stream.concat(sent.stream(), Stream.of("end", "after")).toList());
      }
    }
  }

  @Test
  void deliversLastingChangesDuringAStall() {
    try (RedisRoomBus bus = bus(uri())) {
      RoomId room = freshRoom();
      Ear ear = new Ear();
      listen(bus, room, ear);
      byte[] change = lastingChange();

      ADMINISTRATION.stall(Duration.ofMinutes(1), Held.WRITE);
      try {
        bus.publish(room, change);
        await().atMost(DEADLINE).until(() -> !ear.heard.isEmpty());
      } finally {
        ADMINISTRATION.goOn();
      }
    }
  }

  private static byte[] lastingChange() {
    return ByteBuffer.allocate(15).put((byte) 1).putInt(10).put((byte) 0).putLong(7).array();
  }

  @Test
  void channelsOfACommandThatWasCutOffAreSubscribedAfterTheReconnect() {
    try (FakeRedis fake = new FakeRedis();
        RedisRoomBus bus = bus(fake.uri())) {
      List<RoomId> rooms = Stream.generate(RoomBusContract::freshRoom).limit(5).toList();
      Ear ear = new Ear();
      fake.cutsWithinSubscribe = true;
      List<Disposable> subscriptions =
          Objects.requireNonNull(
              Flux.fromIterable(rooms)
                  .flatMap(room -> bus.subscribe(room, ear))
                  .subscribeOn(Schedulers.fromExecutor(LOOP))
                  .collectList()
                  .block(DEADLINE));

      for (RoomId room : rooms) {
        await().atMost(DEADLINE).until(() -> fake.subscribers(room.channel()) == 1);
        publish(bus, room, room.id());
        ear.awaitLast(room.id());
      }
      await().atMost(DEADLINE).until(() -> ear.interruptions.get() >= rooms.size());
      subscriptions.forEach(Disposable::dispose);
      for (RoomId room : rooms) {
        await().atMost(DEADLINE).until(() -> fake.subscribers(room.channel()) == 0);
      }
    }
  }

  @Test
  void replacesAConnectionThatBringsNothing() {
    try (FakeRedis fake = new FakeRedis();
        RedisRoomBus bus = new RedisRoomBus(RESOURCES, fake.uri(), LOOP, Duration.ofMillis(200))) {
      RoomId room = freshRoom();
      Ear ear = new Ear();
      listen(bus, room, ear);
      fake.deaf = true;
      await()
          .atMost(DEADLINE)
          .until(() -> fake.subscribers(room.channel()) == 0 || ear.interruptions.get() > 0);
      fake.deaf = false;

      await().atMost(DEADLINE).until(() -> ear.interruptions.get() > 0);
      publish(bus, room, "heard again");
      ear.awaitLast("heard again");
    }
  }

  @Test
  void replacesAConnectionThatAnswersNothing() {
    try (FakeRedis fake = new FakeRedis();
        RedisRoomBus bus = new RedisRoomBus(RESOURCES, fake.uri(), LOOP, Duration.ofMillis(200))) {
      RoomId room = freshRoom();
      Ear ear = new Ear();
      listen(bus, room, ear);
      fake.stopped = true;
      await().atMost(DEADLINE).until(() -> !bus.isConnected());
      publish(bus, room, "among ourselves");
      ear.awaitLast("among ourselves");
      fake.stopped = false;

      await().atMost(DEADLINE).until(bus::isConnected);
      publish(bus, room, "through Redis");
      ear.awaitLast("through Redis");
      assertThat(ear.heard).containsExactly("among ourselves", "through Redis");
    }
  }

  @Test
  void deliversAtMostOnceWhenTheConnectionBreaks() {
    try (FakeRedis fake = new FakeRedis();
        RedisRoomBus bus = bus(fake.uri())) {
      RoomId room = freshRoom();
      Ear ear = new Ear();
      listen(bus, room, ear);
      fake.cutsBeforeAnswer = true;
      publish(bus, room, "one");
      ear.awaitLast("one");
      await().atMost(DEADLINE).until(() -> !fake.cutsBeforeAnswer);
      await().atMost(DEADLINE).until(bus::isConnected);
      publish(bus, room, "two");
      ear.awaitLast("two");

      assertThat(ear.heard).containsExactly("one", "two");
    }
  }

  @Test
  void deliversLocallyThoughOnlyOthersListen() {
    try (FakeRedis fake = new FakeRedis();
        RedisRoomBus bus = bus(fake.uri())) {
      RoomId room = freshRoom();
      Ear ear = new Ear();
      listen(bus, room, ear);
      fake.elsewhere = 1;
      fake.refusing = true;
      fake.cutListening();
      await().atMost(DEADLINE).until(() -> !bus.isConnected());

      publish(bus, room, "among ourselves");
      ear.awaitLast("among ourselves");
      fake.refusing = false;
      await().atMost(DEADLINE).until(() -> fake.subscribers(room.channel()) == 1);
      publish(bus, room, "to all");
      ear.awaitLast("to all");

      assertThat(ear.heard).containsExactly("among ourselves", "to all");
    }
  }

  @Test
  void tellsTheOthersThatAnInstanceCouldNotPublish() {
    try (FakeRedis fake = new FakeRedis();
        RedisRoomBus cut = bus(fake.uri());
        RedisRoomBus other = bus(fake.uri())) {
      RoomId room = freshRoom();
      Ear near = new Ear();
      Ear far = new Ear();
      listen(cut, room, near);
      listen(other, room, far);
      fake.refusing = true;
      fake.cutPublishing();
      await().atMost(DEADLINE).until(() -> !cut.isConnected());
      publish(cut, room, "not heard there");
      near.awaitLast("not heard there");
      assertThat(far.interruptions).hasValue(0);
      fake.refusing = false;

      await().atMost(DEADLINE).until(() -> far.interruptions.get() > 0);
      publish(cut, room, "heard again");
      far.awaitLast("heard again");
      assertThat(far.heard).containsExactly("heard again");
    }
  }

  /** Joins, leaves, broken connections, commands that are lost and interrupted, in any order. */
  @Test
  void leavesInRedisExactlyWhatIsHeld() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      try (FakeRedis fake = new FakeRedis();
          RedisRoomBus bus =
              new RedisRoomBus(RESOURCES, fake.uri(), LOOP, Duration.ofMillis(300))) {
        Map<RoomId, Deque<CompletableFuture<Disposable>>> held = new HashMap<>();
        List<RoomId> rooms = Stream.generate(RoomBusContract::freshRoom).limit(8).toList();
        rooms.forEach(room -> held.put(room, new ArrayDeque<>()));
        Ear ear = new Ear();
        for (int step = 0; step < 600; step++) {
          RoomId room = rooms.get(random.nextInt(rooms.size()));
          Deque<CompletableFuture<Disposable>> places = Objects.requireNonNull(held.get(room));
          if (random.nextInt(50) == 0) {
            breakSomething(fake, random.nextInt(4));
          } else if (places.isEmpty() || random.nextInt(3) == 0) {
            places.add(bus.subscribe(room, ear).toFuture());
          } else {
            places.remove().thenAccept(Disposable::dispose).exceptionally(_ -> null);
          }
          LockSupport.parkNanos(random.nextInt(4_000_000));
        }
        fake.stopped = false;
        fake.cutsWithinSubscribe = false;

        for (RoomId room : rooms) {
          int places = Objects.requireNonNull(held.get(room)).size();
          await()
              .atMost(Duration.ofSeconds(15))
              .untilAsserted(() ->
                  assertThat(fake.subscribers(room.channel())).isEqualTo(places == 0 ? 0 : 1));
        }
        for (Deque<CompletableFuture<Disposable>> places : held.values()) {
          places.forEach(place -> place.join().dispose());
        }
        for (RoomId room : rooms) {
          await().atMost(DEADLINE).until(() -> fake.subscribers(room.channel()) == 0);
        }
      }
    }
  }

  private static void breakSomething(FakeRedis fake, int what) {
    switch (what) {
      case 0 -> fake.cutListening();
      case 1 -> fake.cutsWithinSubscribe = true;
      case 2 -> fake.stopped = true;
      default -> fake.stopped = false;
    }
  }

  @Test
  void socketsGiveUpWhatIsNotAcknowledged() throws InterruptedException {
    assumeThat(Epoll.isAvailable()).isTrue();
    Queue<Channel> channels = new ConcurrentLinkedQueue<>();
    ClientResources watched =
        ClientResources.builder()
            .nettyCustomizer(
                new NettyCustomizer() {
                  @Override
                  public void afterChannelInitialized(Channel channel) {
                    channels.add(channel);
                  }
                })
            .build();
    try (RedisRoomBus bus = new RedisRoomBus(watched, uri(), LOOP)) {
      assertThat(bus.isConnected()).isTrue();
      assertThat(channels)
          .hasSize(2)
          .allSatisfy(channel -> {
            assertThat(channel.config().getOption(EpollChannelOption.TCP_USER_TIMEOUT))
                .isBetween(5_000, 10_000);
            assertThat(channel.config().getOption(EpollChannelOption.TCP_KEEPIDLE)).isEqualTo(5);
          });
    }
    assertThat(watched.shutdown(0, 2, TimeUnit.SECONDS).await(5, TimeUnit.SECONDS)).isTrue();
  }
}
