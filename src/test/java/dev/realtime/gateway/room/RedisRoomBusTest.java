package dev.realtime.gateway.room;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.dev.DevelopmentRedis;
import dev.realtime.gateway.support.Backends;
import io.lettuce.core.RedisURI;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;

class RedisRoomBusTest implements RoomBusContract {

  private static final ClientResources RESOURCES =
      ClientResources.builder().reconnectDelay(Delay.constant(Duration.ofMillis(100))).build();

  private final RedisRoomBus bus = connect(Backends.redis());
  private final RedisRoomBus other = connect(Backends.redis());

  private static RedisRoomBus connect(DevelopmentRedis redis) {
    return new RedisRoomBus(RESOURCES, RedisURI.create(redis.host(), redis.port()));
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
}
