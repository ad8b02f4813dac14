package dev.realtime.gateway.bus;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * Nodes started with this bean have a bus that takes its time: each message reaches each instance
 * up to 50 ms late, those of one room and one publisher in their order, and nothing is lost. It
 * does not call itself a configuration: no other node's scan must find it.
 */
public class DelayingBus {

  private static final int LONGEST_MILLIS = 50;
  private static final AtomicInteger INSTANCES = new AtomicInteger();

  @Bean
  @Primary
  RoomBus slowBus(RedisRoomBus sound) {
    return new Bus(sound, (byte) INSTANCES.getAndIncrement());
  }

  /** Every message bears its publisher in front: that is all of the order that is promised. */
  private static final class Bus implements RoomBus, AutoCloseable {
    private final RoomBus sound;
    private final byte publisher;
    private final ScheduledExecutorService clock =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("slow-bus").factory());

    Bus(RoomBus sound, byte publisher) {
      this.sound = sound;
      this.publisher = publisher;
    }

    @Override
    public void publish(RoomId room, Message message) {
      byte[] bytes = message.toBytes();
      byte[] signed = new byte[bytes.length + 1];
      signed[0] = publisher;
      System.arraycopy(bytes, 0, signed, 1, bytes.length);
      sound.publish(room, Message.of(signed));
    }

    @Override
    public Mono<Map<RoomId, Long>> listeners(Collection<RoomId> rooms) {
      return sound.listeners(rooms);
    }

    @Override
    public Instances instances() {
      return sound.instances();
    }

    @Override
    public Mono<Disposable> subscribe(RoomId room, Subscriber subscriber) {
      return sound.subscribe(room, new Late(room, subscriber, clock));
    }

    @Override
    public void close() {
      clock.shutdownNow();
    }
  }

  private static final class Late implements RoomBus.Subscriber {
    private final RoomBus.Subscriber subscriber;
    private final ScheduledExecutorService clock;
    private final Random random;
    private final Map<Byte, Queue<byte[]>> underWay = new HashMap<>();
    private final Map<Byte, Long> due = new HashMap<>();

    Late(RoomId room, RoomBus.Subscriber subscriber, ScheduledExecutorService clock) {
      this.subscriber = subscriber;
      this.clock = clock;
      this.random = new Random(room.hashCode());
    }

    @Override
    public synchronized void received(RoomBus.Message message) {
      byte[] signed = message.toBytes();
      byte publisher = signed[0];
      Queue<byte[]> queue = underWay.computeIfAbsent(publisher, _ -> new ArrayDeque<>());
      queue.add(Arrays.copyOfRange(signed, 1, signed.length));
      long now = System.nanoTime();
      long delay = random.nextInt(3) == 0 ? 0 : random.nextInt(LONGEST_MILLIS);
      long at =
          Math.max(due.getOrDefault(publisher, now), now + TimeUnit.MILLISECONDS.toNanos(delay));
      due.put(publisher, at);
      var _ = clock.schedule(() -> deliverNext(queue), at - now, TimeUnit.NANOSECONDS);
    }

    /** On the one thread of the clock: one message of a room at a time. */
    private void deliverNext(Queue<byte[]> queue) {
      byte[] message;
      synchronized (this) {
        message = queue.remove();
      }
      subscriber.received(RoomBus.Message.of(message));
    }

    @Override
    public void interrupted() {
      subscriber.interrupted();
    }
  }
}
