package dev.realtime.gateway.bus;

import static dev.realtime.gateway.bus.RoomBusContract.DEADLINE;
import static dev.realtime.gateway.bus.RoomBusContract.freshRoom;
import static dev.realtime.gateway.bus.RoomBusContract.listen;
import static dev.realtime.gateway.bus.RoomBusContract.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.bus.RoomBusContract.Ear;
import dev.realtime.gateway.config.RedisLink;
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
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.netty.resources.LoopResources;

/** A Redis that stalls, and what cannot be read in a sound one. */
@Timeout(90)
class RedisStallsIT {

  private static final EventLoop LOOP =
      LoopResources.create("stalls", 1, true).onServer(true).next();
  private static final ClientResources RESOURCES =
      RedisLink.resources().reconnectDelay(Delay.constant(Duration.ofMillis(100))).build();

  // Its own: a stall would hold up other tests.
  private static final DevelopmentRedis REDIS = DevelopmentRedis.startTemporary();
  private static final RedisAdministration ADMINISTRATION = new RedisAdministration(REDIS);
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
  void deliversOnceAndInOrderDuringAndAfterAStall() {
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
      assertThat(near.heard).containsExactlyElementsOf(sent);
      assertThat(far.heard).isEmpty();
      publish(bus, room, "end");
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
  void interruptsARoomOnAMessageItCannotRead() {
    try (RedisRoomBus bus = bus(uri());
        RedisRoomBus other = bus(uri())) {
      RoomId room = freshRoom();
      Ear ear = new Ear();
      listen(bus, room, ear);

      ADMINISTRATION.publish(room.channel(), "of another age");
      await().atMost(DEADLINE).until(() -> ear.interruptions.get() > 0);
      publish(other, room, "of this one");
      ear.awaitLast("of this one");

      assertThat(ear.heard).containsExactly("of this one");
      assertThat(bus.counts().unreadable.sum()).isEqualTo(1);
    }
  }

  @Test
  void givesUpWhatIsNotAcknowledged() throws InterruptedException {
    assumeThat(Epoll.isAvailable()).isTrue();
    Queue<Channel> channels = new ConcurrentLinkedQueue<>();
    ClientResources watched =
        RedisLink.resources()
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
