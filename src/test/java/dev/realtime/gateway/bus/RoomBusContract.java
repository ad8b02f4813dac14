package dev.realtime.gateway.bus;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;

/** What every bus promises. */
@Timeout(120)
interface RoomBusContract {

  Duration DEADLINE = Duration.ofSeconds(10);

  /** The bus of one instance. */
  RoomBus bus();

  /** The bus of another instance; the same one where there is only one. */
  RoomBus other();

  /** One who notes what it hears. */
  final class Ear implements RoomBus.Subscriber {
    final Queue<String> heard = new ConcurrentLinkedQueue<>();
    final AtomicInteger interruptions = new AtomicInteger();

    @Override
    public void received(RoomBus.Message message) {
      heard.add(new String(message.toBytes(), UTF_8));
    }

    @Override
    public void interrupted() {
      interruptions.incrementAndGet();
    }

    void awaitLast(String message) {
      await()
          .atMost(DEADLINE)
          .pollInterval(Duration.ofMillis(2))
          .until(() -> heard.contains(message));
    }
  }

  static RoomId freshRoom() {
    return RoomId.chat(UUID.randomUUID().toString());
  }

  static Disposable listen(RoomBus bus, RoomId room, RoomBus.Subscriber ear) {
    return Objects.requireNonNull(bus.subscribe(room, ear).block(DEADLINE));
  }

  static void publish(RoomBus bus, RoomId room, String message) {
    bus.publish(room, RoomBus.Message.of(message.getBytes(UTF_8)));
  }

  @Test
  default void reachesAllSubscribersOfARoomInOrderAndNobodyElse() {
    RoomId room = freshRoom();
    RoomId elsewhere = freshRoom();
    Ear here = new Ear();
    Ear too = new Ear();
    Ear there = new Ear();
    Ear outside = new Ear();
    listen(bus(), room, here);
    listen(bus(), room, too);
    listen(other(), room, there);
    listen(bus(), elsewhere, outside);
    listen(other(), elsewhere, outside);

    List<String> sent = IntStream.range(0, 500).mapToObj(Integer::toString).toList();
    sent.forEach(message -> publish(bus(), room, message));

    for (Ear ear : List.of(here, too, there)) {
      ear.awaitLast("499");
      assertThat(ear.heard).containsExactlyElementsOf(sent);
    }
    assertThat(outside.heard).isEmpty();
  }

  @Test
  default void tellsTheSubscribersOfThePublishingInstanceAtOnce() {
    RoomId room = freshRoom();
    Ear ear = new Ear();
    listen(bus(), room, ear);
    List<String> sent = IntStream.range(0, 100).mapToObj(Integer::toString).toList();

    for (String message : sent) {
      publish(bus(), room, message);
      assertThat(ear.heard).endsWith(message);
    }
    assertThat(ear.heard).containsExactlyElementsOf(sent);
  }

  @Test
  default void keepsRoomsOfDifferentKindsApart() {
    String id = UUID.randomUUID().toString();
    Ear chat = new Ear();
    Ear user = new Ear();
    listen(bus(), RoomId.chat(id), chat);
    listen(bus(), RoomId.user(id), user);

    publish(other(), RoomId.chat(id), "to the chat");
    publish(other(), RoomId.user(id), "to the user");

    chat.awaitLast("to the chat");
    user.awaitLast("to the user");
    assertThat(chat.heard).containsExactly("to the chat");
    assertThat(user.heard).containsExactly("to the user");
  }

  @Test
  default void keepsTheOrderOfEachPublisher() throws Exception {
    RoomId room = freshRoom();
    Ear ear = new Ear();
    listen(bus(), room, ear);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      submit(threads, bus(), room, "a");
      submit(threads, other(), room, "b");
      threads.shutdown();
      assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }
    publish(bus(), room, "end");
    publish(other(), room, "end too");
    ear.awaitLast("end");
    ear.awaitLast("end too");

    for (String name : List.of("a", "b")) {
      assertThat(ear.heard.stream().filter(message -> message.startsWith(name)))
          .containsExactlyElementsOf(IntStream.range(0, 300).mapToObj(i -> name + i).toList());
    }
  }

  private static void submit(ExecutorService threads, RoomBus bus, RoomId room, String name) {
    var _ =
        threads.submit(() -> IntStream.range(0, 300).forEach(i -> publish(bus, room, name + i)));
  }

  @Test
  default void subscribesOnlyWhenAskedTo() {
    RoomId room = freshRoom();
    Ear ear = new Ear();
    Ear witness = new Ear();
    listen(bus(), room, witness);
    var subscription = bus().subscribe(room, ear);

    publish(other(), room, "before");
    witness.awaitLast("before");
    Disposable active = Objects.requireNonNull(subscription.block(DEADLINE));
    publish(other(), room, "after");
    ear.awaitLast("after");

    assertThat(ear.heard).containsExactly("after");
    active.dispose();
  }

  @Test
  default void endsWithItsSubscriptionAndNotBefore() {
    RoomId room = freshRoom();
    Ear stays = new Ear();
    Ear leaves = new Ear();
    Disposable staying = listen(bus(), room, stays);
    Disposable leaving = listen(bus(), room, leaves);
    publish(other(), room, "both");
    stays.awaitLast("both");
    leaves.awaitLast("both");

    leaving.dispose();
    leaving.dispose();
    publish(other(), room, "one");
    stays.awaitLast("one");
    assertThat(leaves.heard).containsExactly("both");

    staying.dispose();
    Ear later = new Ear();
    listen(other(), room, later);
    publish(other(), room, "none");
    later.awaitLast("none");
    assertThat(stays.heard).containsExactly("both", "one");
  }

  @Test
  default void countsEverySubscriptionOfTheSameSubscriber() {
    RoomId room = freshRoom();
    Ear ear = new Ear();
    Disposable first = listen(bus(), room, ear);
    listen(bus(), room, ear);

    first.dispose();
    publish(other(), room, "once");
    ear.awaitLast("once");

    assertThat(ear.heard).containsExactly("once");
  }

  @Test
  default void isolatesASubscriberThatFails() {
    RoomId room = freshRoom();
    RoomId elsewhere = freshRoom();
    Ear before = new Ear();
    Ear after = new Ear();
    Ear outside = new Ear();
    listen(bus(), room, before);
    listen(
        bus(),
        room,
        new RoomBus.Subscriber() {
          @Override
          public void received(RoomBus.Message message) {
            throw new IllegalStateException("fails on purpose");
          }

          @Override
          public void interrupted() {}
        });
    listen(bus(), room, after);
    listen(bus(), elsewhere, outside);

    for (RoomBus publisher : List.of(bus(), other())) {
      publish(publisher, room, "one");
      publish(publisher, room, "two");
      publish(publisher, elsewhere, "three");
    }

    before.awaitLast("two");
    after.awaitLast("two");
    outside.awaitLast("three");
    await().atMost(DEADLINE).until(() -> outside.heard.size() == 2);
    assertThat(before.heard).containsExactly("one", "two", "one", "two");
    assertThat(after.heard).containsExactly("one", "two", "one", "two");
  }

  /** A subscribe that crosses the unsubscribe before it is deaf for ever. */
  @Test
  default void keepsSubscribingAndUnsubscribingInOrder() throws Exception {
    RoomId room = freshRoom();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> racers =
          IntStream.range(0, 4)
              .<Future<?>>mapToObj(racer -> threads.submit(() -> race(room, racer)))
              .toList();
      for (Future<?> racer : racers) {
        racer.get(110, TimeUnit.SECONDS);
      }
    }
  }

  private void race(RoomId room, int racer) {
    for (int round = 0; round < 1_500; round++) {
      String message = racer + "/" + round;
      Ear ear = new Ear();
      Disposable subscription = listen(bus(), room, ear);
      publish(other(), room, message);
      ear.awaitLast(message);
      subscription.dispose();
    }
  }
}
