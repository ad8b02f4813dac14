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
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;

/** A Redis that goes deaf, falls silent, or breaks in the middle of a command. */
@Timeout(90)
class RedisFaultsTest {

  private static final EventLoop LOOP =
      LoopResources.create("faults", 1, true).onServer(true).next();
  private static final ClientResources RESOURCES =
      RedisLink.resources().reconnectDelay(Delay.constant(Duration.ofMillis(100))).build();

  @AfterAll
  static void stop() throws InterruptedException {
    assertThat(RESOURCES.shutdown(0, 2, TimeUnit.SECONDS).await(5, TimeUnit.SECONDS)).isTrue();
  }

  private static RedisRoomBus bus(RedisURI uri) {
    return new RedisRoomBus(RESOURCES, uri, LOOP);
  }

  @Test
  void subscribesAfterTheReconnectWhatACommandDidNot() {
    try (FakeRedis fake = new FakeRedis();
        RedisRoomBus bus = bus(fake.uri());
        RedisRoomBus other = bus(fake.uri())) {
      List<RoomId> rooms = Stream.generate(RoomBusContract::freshRoom).limit(5).toList();
      Ear ear = new Ear();
      await().atMost(DEADLINE).until(() -> fake.subscribers(RedisPublisher.INSTANCES) == 2);
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
        await().atMost(DEADLINE).until(other::isConnected);
        publish(other, room, room.id());
        ear.awaitLast(room.id());
      }
      await().atMost(DEADLINE).until(() -> ear.interruptions.get() >= rooms.size());
      subscriptions.forEach(Disposable::dispose);
      for (RoomId room : rooms) {
        await().atMost(DEADLINE).until(() -> fake.subscribers(room.channel()) == 0);
      }
    }
  }

  /** The driver takes a failed end of a handshake for a success. */
  @Test
  void listensOnceThoughAHandshakeBreaksAtItsEnd() {
    try (FakeRedis fake = new FakeRedis();
        RedisRoomBus bus = bus(fake.uri())) {
      List<RoomId> rooms = Stream.generate(RoomBusContract::freshRoom).limit(2).toList();
      Disposable place = listen(bus, rooms.getFirst(), new Ear());
      fake.cutsWithinHandshake = true;
      fake.cutListening();
      await().atMost(DEADLINE).until(() -> !fake.cutsWithinHandshake);
      await().atMost(DEADLINE).until(() -> fake.subscribers(rooms.getFirst().channel()) > 0);
      // A second connection would have been opened at the same moment; these confirmations are
      // later.
      listen(bus, rooms.getLast(), new Ear());
      assertThat(fake.subscribers(rooms.getFirst().channel())).isEqualTo(1);

      place.dispose();
      await().atMost(DEADLINE).until(() -> fake.subscribers(rooms.getFirst().channel()) == 0);
    }
  }

  @Test
  void replacesAConnectionThatBringsNothing() {
    try (FakeRedis fake = new FakeRedis();
        RedisRoomBus bus = new RedisRoomBus(RESOURCES, fake.uri(), LOOP, Duration.ofMillis(200));
        RedisRoomBus other = bus(fake.uri())) {
      RoomId room = freshRoom();
      Ear ear = new Ear();
      listen(bus, room, ear);
      fake.deaf = true;
      await()
          .atMost(DEADLINE)
          .until(() -> fake.subscribers(room.channel()) == 0 || ear.interruptions.get() > 0);
      fake.deaf = false;

      await().atMost(DEADLINE).until(() -> ear.interruptions.get() > 0);
      publish(other, room, "heard again");
      ear.awaitLast("heard again");
    }
  }

  @Test
  void replacesAConnectionThatAnswersNothing() {
    try (FakeRedis fake = new FakeRedis();
        RedisRoomBus bus = new RedisRoomBus(RESOURCES, fake.uri(), LOOP, Duration.ofMillis(200));
        RedisRoomBus other = bus(fake.uri())) {
      RoomId room = freshRoom();
      Ear ear = new Ear();
      listen(bus, room, ear);
      fake.stopped = true;
      await().atMost(DEADLINE).until(() -> !bus.isConnected());
      publish(bus, room, "among ourselves");
      ear.awaitLast("among ourselves");
      fake.stopped = false;

      await().atMost(DEADLINE).until(() -> fake.subscribers(room.channel()) == 1);
      await().atMost(DEADLINE).until(other::isConnected);
      publish(other, room, "through Redis");
      ear.awaitLast("through Redis");
      assertThat(ear.heard).containsExactly("among ourselves", "through Redis");
    }
  }

  @Test
  void deliversAtMostOnceWhenTheConnectionBreaks() {
    try (FakeRedis fake = new FakeRedis();
        RedisRoomBus bus = bus(fake.uri());
        RedisRoomBus other = bus(fake.uri())) {
      RoomId room = freshRoom();
      Ear near = new Ear();
      Ear far = new Ear();
      listen(bus, room, near);
      listen(other, room, far);
      fake.cutsBeforeAnswer = true;
      publish(bus, room, "one");
      far.awaitLast("one");
      await().atMost(DEADLINE).until(() -> bus.counts().lost.sum() > 0);
      await().atMost(DEADLINE).until(bus::isConnected);
      publish(bus, room, "two");
      far.awaitLast("two");

      assertThat(near.heard).containsExactly("one", "two");
      assertThat(far.heard).containsExactly("one", "two");
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

  /** The next message shows the gap, long before a look would. */
  @Test
  void countsAGapAndInterruptsItsRoom() {
    try (FakeRedis fake = new FakeRedis();
        RedisRoomBus bus = bus(fake.uri());
        RedisRoomBus other = bus(fake.uri())) {
      RoomId room = freshRoom();
      Ear far = new Ear();
      listen(bus, room, new Ear());
      listen(other, room, far);
      publish(bus, room, "before");
      far.awaitLast("before");
      fake.deaf = true;
      publish(bus, room, "lost");
      await().atMost(DEADLINE).until(() -> published(fake, room) >= 4);
      fake.deaf = false;
      publish(bus, room, "after");
      far.awaitLast("after");

      assertThat(far.heard).containsExactly("before", "after");
      assertThat(far.interruptions).hasPositiveValue();
      assertThat(other.counts().gaps.sum()).isEqualTo(1);
      assertThat(bus.counts().gaps.sum()).isZero();
    }
  }

  /** Two hellos, and what was said. */
  private static long published(FakeRedis fake, RoomId room) {
    return fake.commands.stream()
        .filter(command -> command.get(0).equals("PUBLISH"))
        .filter(command -> command.get(1).equals(room.channel()))
        .count();
  }
}
