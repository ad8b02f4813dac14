package dev.realtime.gateway.bus;

import static dev.realtime.gateway.bus.RoomBusContract.DEADLINE;
import static dev.realtime.gateway.bus.RoomBusContract.freshRoom;
import static dev.realtime.gateway.bus.RoomBusContract.listen;
import static dev.realtime.gateway.bus.RoomBusContract.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.bus.RoomBusContract.Ear;
import dev.realtime.gateway.config.RedisLink;
import io.lettuce.core.RedisURI;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;

/** Losses that no later message reveals, and instances that fall silent. */
@Timeout(90)
class BeatsTest {

  private static final EventLoop LOOP =
      LoopResources.create("beats", 1, true).onServer(true).next();
  private static final ClientResources RESOURCES =
      RedisLink.resources().reconnectDelay(Delay.constant(Duration.ofMillis(100))).build();

  /** Time in which a loss is noticed: a beat, and what a busy machine adds. */
  private static final Duration NOTICED = Duration.ofMillis(2_300);

  @AfterAll
  static void stop() throws InterruptedException {
    assertThat(RESOURCES.shutdown(0, 2, TimeUnit.SECONDS).await(5, TimeUnit.SECONDS)).isTrue();
  }

  private static RedisRoomBus bus(RedisURI uri) {
    return new RedisRoomBus(RESOURCES, uri, LOOP);
  }

  private static void awaitKnown(RedisRoomBus one, RedisRoomBus other) {
    await()
        .atMost(DEADLINE)
        .until(() -> one.instances().others().contains(other.instances().self()));
  }

  @Test
  void interruptsOnlyTheRoomWhoseLastMessageWasLost() {
    for (RoomId room : List.of(freshRoom(), RoomId.user("beats"))) {
      try (FakeRedis fake = new FakeRedis();
          RedisRoomBus bus = bus(fake.uri());
          RedisRoomBus other = bus(fake.uri())) {
        Ear far = new Ear();
        Ear beside = new Ear();
        RoomId quiet = freshRoom();
        for (RedisRoomBus each : List.of(bus, other)) {
          listen(each, room, each == bus ? new Ear() : far);
          listen(each, quiet, each == bus ? new Ear() : beside);
        }
        publish(bus, room, "heard");
        publish(bus, quiet, "heard too");
        far.awaitLast("heard");
        beside.awaitLast("heard too");
        int before = far.interruptions.get();
        int besideBefore = beside.interruptions.get();
        fake.losing.set(1);
        publish(bus, room, "lost");

        await().atMost(NOTICED).until(() -> far.interruptions.get() > before);
        assertThat(far.heard).containsExactly("heard");
        assertThat(beside.interruptions).hasValue(besideBefore);
        assertThat(other.counts().reportsWithGaps.sum()).isEqualTo(1);
      }
    }
  }

  /** Nobody can read it later, so nobody needs to know. */
  @Test
  void leavesAloneARoomThatLostWhatIsNotRecorded() {
    try (FakeRedis fake = new FakeRedis();
        RedisRoomBus bus = bus(fake.uri());
        RedisRoomBus other = bus(fake.uri())) {
      RoomId passing = freshRoom();
      RoomId recorded = freshRoom();
      Ear passed = new Ear();
      Ear ear = new Ear();
      listen(other, passing, passed);
      listen(other, recorded, ear);
      fake.losing.set(1);
      bus.publish(
          passing,
          new RoomBus.Message() {
            @Override
            public byte[] toBytes() {
              return new byte[1];
            }

            @Override
            public boolean isRecorded() {
              return false;
            }
          });
      await().atMost(DEADLINE).until(() -> fake.losing.get() == 0);
      fake.losing.set(1);
      publish(bus, recorded, "lost");

      await().atMost(NOTICED).until(() -> ear.interruptions.get() > 0);
      assertThat(passed.interruptions).hasValue(0);
    }
  }

  @Test
  void reportsMoreRoomsThanOneMessageNames() {
    int count = SentMessages.REPORT * 2 + 1;
    List<RoomId> rooms = IntStream.range(0, count).mapToObj(i -> RoomId.user("many-" + i)).toList();
    List<Ear> ears = Stream.generate(Ear::new).limit(count).toList();
    try (FakeRedis fake = new FakeRedis();
        RedisRoomBus bus = bus(fake.uri());
        RedisRoomBus other = bus(fake.uri())) {
      Flux.range(0, count)
          .flatMap(i -> other.subscribe(rooms.get(i), ears.get(i)), count)
          .subscribeOn(Schedulers.fromExecutor(LOOP))
          .blockLast(DEADLINE);
      bus.instances().announce();
      awaitKnown(other, bus);
      fake.losing.set(count);
      rooms.forEach(room -> publish(bus, room, "lost"));

      await()
          .atMost(DEADLINE)
          .until(() -> ears.stream().allMatch(ear -> ear.interruptions.get() > 0));
      assertThat(other.counts().reportsWithGaps.sum()).isGreaterThanOrEqualTo(3);
    }
  }

  @Test
  void comparesEverythingOnceAfterAnInstanceFellSilent() {
    try (FakeRedis fake = new FakeRedis();
        RedisRoomBus other = bus(fake.uri())) {
      Ear ear = new Ear();
      listen(other, RoomId.user("silence"), ear);
      RedisRoomBus dying = bus(fake.uri());
      Disposable announced = dying.instances().announce();
      awaitKnown(other, dying);
      assertThat(ear.interruptions).hasValue(0);
      // As a killed process: it says nothing any more.
      dying.close();

      await().atMost(Duration.ofSeconds(5)).until(() -> ear.interruptions.get() > 0);
      assertThat(ear.interruptions).hasValue(1);
      assertThat(other.counts().silences.sum()).isEqualTo(1);
      assertThat(other.instances().others())
          .as("it may still have clients")
          .containsExactly(dying.instances().self());
      announced.dispose();
    }
  }

  @Test
  void missesNobodyWhoSaidGoodbye() {
    try (FakeRedis fake = new FakeRedis();
        RedisRoomBus other = bus(fake.uri());
        RedisRoomBus leaving = bus(fake.uri())) {
      Disposable announced = leaving.instances().announce();
      awaitKnown(other, leaving);
      announced.dispose();

      await().atMost(DEADLINE).until(() -> other.instances().others().isEmpty());
      assertThat(other.counts().silences.sum()).isZero();
    }
  }

  @Test
  void learnsOfAReportThatWasLostItself() {
    try (FakeRedis fake = new FakeRedis();
        RedisRoomBus bus = bus(fake.uri());
        RedisRoomBus other = bus(fake.uri())) {
      Ear ear = new Ear();
      RoomId room = RoomId.user("reports");
      listen(other, room, ear);
      bus.instances().announce();
      awaitKnown(other, bus);
      fake.deaf = true;
      publish(bus, room, "lost");
      long reports = fake.commands.stream().filter(BeatsTest::toAll).count();
      // One beat of each instance at least, with the report.
      await()
          .atMost(DEADLINE)
          .until(() -> fake.commands.stream().filter(BeatsTest::toAll).count() >= reports + 4);
      fake.deaf = false;

      await().atMost(NOTICED).until(() -> ear.interruptions.get() > 0);
    }
  }

  private static boolean toAll(List<String> command) {
    return command.get(0).equals("PUBLISH") && command.get(1).equals(RedisPublisher.INSTANCES);
  }

  /** An instance that nobody else is with sends one command a second, and no more. */
  @Test
  void costsOneCommandASecondWhenIdle() {
    try (FakeRedis fake = new FakeRedis();
        RedisRoomBus bus = bus(fake.uri())) {
      await().atMost(DEADLINE).until(() -> fake.subscribers(RedisPublisher.INSTANCES) == 1);
      long start = System.nanoTime();
      int before = fake.commands.size();
      await().atMost(Duration.ofSeconds(8)).until(() -> fake.commands.size() >= before + 4);

      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofSeconds(3));
      assertThat(bus.instances().others()).isEmpty();
    }
  }
}
