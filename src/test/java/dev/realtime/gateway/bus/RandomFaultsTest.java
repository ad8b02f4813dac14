package dev.realtime.gateway.bus;

import static dev.realtime.gateway.bus.RoomBusContract.DEADLINE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.bus.RoomBusContract.Ear;
import dev.realtime.gateway.config.RedisLink;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.netty.resources.LoopResources;

/** Redis and the gateway agree on what is subscribed, whatever breaks between them. */
@Timeout(90)
class RandomFaultsTest {

  private static final int SEEDS = Integer.getInteger("gateway.seeds", 2);
  private static final int STEPS = Integer.getInteger("gateway.steps", 600);

  private static final EventLoop LOOP =
      LoopResources.create("random-faults", 1, true).onServer(true).next();
  private static final ClientResources RESOURCES =
      RedisLink.resources().reconnectDelay(Delay.constant(Duration.ofMillis(100))).build();

  @AfterAll
  static void stop() throws InterruptedException {
    assertThat(RESOURCES.shutdown(0, 2, TimeUnit.SECONDS).await(5, TimeUnit.SECONDS)).isTrue();
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
        for (int step = 0; step < STEPS; step++) {
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
}
