package dev.realtime.gateway.bus;

import static dev.realtime.gateway.bus.RoomBusContract.DEADLINE;
import static dev.realtime.gateway.bus.RoomBusContract.freshRoom;
import static dev.realtime.gateway.bus.RoomBusContract.listen;
import static dev.realtime.gateway.bus.RoomBusContract.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.bus.RoomBusContract.Ear;
import dev.realtime.gateway.config.RedisLink;
import dev.realtime.gateway.support.Backends;
import io.lettuce.core.RedisURI;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.netty.resources.LoopResources;

/** Instances that begin to listen where another one was alone. */
@Timeout(90)
class NewcomersIT {

  private static final EventLoop LOOP =
      LoopResources.create("newcomers", 1, true).onServer(true).next();
  private static final ClientResources RESOURCES =
      RedisLink.resources().reconnectDelay(Delay.constant(Duration.ofMillis(100))).build();

  private static final int ROUNDS = Integer.getInteger("gateway.rounds", 1_000);

  @AfterAll
  static void stop() throws InterruptedException {
    assertThat(RESOURCES.shutdown(0, 2, TimeUnit.SECONDS).await(5, TimeUnit.SECONDS)).isTrue();
  }

  private static RedisRoomBus bus(RedisURI uri) {
    return new RedisRoomBus(RESOURCES, uri, LOOP);
  }

  private static RedisRoomBus bus() {
    return bus(RedisURI.create(Backends.redis().host(), Backends.redis().port()));
  }

  @Test
  void saysAHelloAgainThatWasLostWithItsConnection() {
    for (boolean carriedOut : new boolean[] {true, false}) {
      try (FakeRedis fake = new FakeRedis();
          RedisRoomBus bus = bus(fake.uri());
          RedisRoomBus other = bus(fake.uri())) {
        RoomId room = freshRoom();
        listen(bus, room, new Ear());
        fake.cutsBeforeAnswer = carriedOut;
        fake.cutsBeforePublishing = !carriedOut;
        Ear ear = new Ear();
        listen(other, room, ear);
        await().atMost(DEADLINE).until(other::isConnected);
        await().atMost(DEADLINE).until(() -> greetedAgain(fake, room));

        publish(bus, room, "to the newcomer");
        ear.awaitLast("to the newcomer");
      }
    }
  }

  /** Both instances have said hello, and one of them again. */
  private static boolean greetedAgain(FakeRedis fake, RoomId room) {
    return fake.commands.stream()
            .filter(command -> command.get(0).equals("PUBLISH"))
            .filter(command -> command.get(1).equals(room.channel()))
            .count()
        >= 3;
  }

  @Test
  void waitsNotForInstancesThatAreGone() {
    try (FakeRedis fake = new FakeRedis();
        RedisRoomBus bus = bus(fake.uri())) {
      RoomId room = freshRoom();
      Ear ear = new Ear();
      // One that Redis counts and that never answers.
      fake.elsewhere = 1;
      long start = System.nanoTime();
      listen(bus, room, ear);

      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
      await().atMost(DEADLINE).until(() -> ear.interruptions.get() > 0);
    }
  }

  @Test
  void tellsTheOthersThatItWasAloneWhenItLostItsSubscriptions() {
    try (FakeRedis fake = new FakeRedis();
        RedisRoomBus alone = bus(fake.uri());
        RedisRoomBus other = bus(fake.uri())) {
      RoomId room = freshRoom();
      RoomId elsewhere = freshRoom();
      Ear far = new Ear();
      listen(other, elsewhere, far);
      listen(alone, room, new Ear());
      await()
          .atMost(DEADLINE)
          .until(() -> {
            publish(alone, room, "to itself");
            return alone.counts().spared.sum() > 0;
          });
      assertThat(far.interruptions).hasValue(0);
      fake.cutListening(room.channel());

      await().atMost(DEADLINE).until(() -> far.interruptions.get() > 0);
    }
  }

  /** An instance that is alone does not publish, until one comes who must hear. */
  @Test
  void sparesRedisOnlyWhatNobodyElseMustHear() {
    Random random = new Random(7);
    RoomId room = freshRoom();
    try (RedisRoomBus bus = bus();
        RedisRoomBus other = bus()) {
      listen(bus, room, new Ear());
      for (int round = 0; round < ROUNDS; round++) {
        for (int alone = random.nextInt(20); alone > 0; alone--) {
          publish(bus, room, "among ourselves");
          LockSupport.parkNanos(random.nextInt(100_000));
        }
        Ear ear = new Ear();
        Disposable newcomer = listen(other, room, ear);
        publish(bus, room, "round " + round);
        ear.awaitLast("round " + round);
        newcomer.dispose();
      }
      assertThat(bus.counts().spared.sum()).isGreaterThan(ROUNDS);
      assertThat(bus.counts().published.sum()).isGreaterThan(ROUNDS);
    }
  }

  /** Everybody comes, speaks and goes; whoever is in when one begins to speak hears it. */
  @Test
  void losesNothingForThoseWhoAreInWhileAllComeAndGo() throws Exception {
    RoomId room = freshRoom();
    Set<Guest> present = ConcurrentHashMap.newKeySet();
    try (RedisRoomBus first = bus();
        RedisRoomBus second = bus();
        RedisRoomBus third = bus();
        ExecutorService threads = Executors.newFixedThreadPool(3)) {
      List<RedisRoomBus> homes = List.of(first, second, third);
      List<Future<?>> guests = new ArrayList<>();
      for (RedisRoomBus home : homes) {
        Random random = new Random(guests.size());
        guests.add(threads.submit(() -> visit(home, room, present, random)));
      }
      for (Future<?> guest : guests) {
        guest.get(80, TimeUnit.SECONDS);
      }
      assertThat(homes.stream().mapToLong(home -> home.counts().spared.sum()).sum()).isPositive();
    }
  }

  private static final class Guest {
    final Ear ear = new Ear();
    volatile boolean gone;
  }

  private static void visit(RedisRoomBus home, RoomId room, Set<Guest> present, Random random) {
    for (int round = 0; round < ROUNDS; round++) {
      Guest guest = new Guest();
      Disposable place = listen(home, room, guest.ear);
      present.add(guest);
      for (int words = random.nextInt(4); words > 0; words--) {
        String message = UUID.randomUUID().toString();
        List<Guest> must = List.copyOf(present);
        publish(home, room, message);
        must.forEach(one ->
            await()
                .atMost(DEADLINE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> one.gone || one.ear.heard.contains(message)));
      }
      present.remove(guest);
      guest.gone = true;
      place.dispose();
      LockSupport.parkNanos(random.nextInt(2_000_000));
    }
  }
}
