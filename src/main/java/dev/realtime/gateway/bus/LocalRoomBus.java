package dev.realtime.gateway.bus;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** The bus of a single instance, and the last stage of every other one. */
public final class LocalRoomBus implements RoomBus {

  private static final Logger log = LoggerFactory.getLogger(LocalRoomBus.class);

  private static final Instances ALONE =
      new Instances() {
        @Override
        public String self() {
          return "alone";
        }

        @Override
        public Set<String> others() {
          return Set.of();
        }

        @Override
        public Disposable announce() {
          return () -> {};
        }
      };

  private final ConcurrentMap<RoomId, List<Subscriber>> subscribers = new ConcurrentHashMap<>();

  @Override
  public void publish(RoomId room, Message message) {
    forEach(room, subscriber -> subscriber.received(message));
  }

  /** Reports to the subscribers of a room that messages may have been lost until now. */
  public void interrupt(RoomId room) {
    interrupt(room, System.nanoTime());
  }

  /**
   * Reports to the subscribers of a room that messages may have been lost.
   *
   * @param since start of the possible gap; by {@link System#nanoTime}
   */
  public void interrupt(RoomId room, long since) {
    forEach(room, subscriber -> subscriber.interrupted(since));
  }

  /** Reports to all subscribers that messages may have been lost. */
  void interruptAll(long since) {
    subscribers.keySet().forEach(room -> interrupt(room, since));
  }

  private void forEach(RoomId room, Consumer<Subscriber> action) {
    List<Subscriber> present = subscribers.get(room);
    if (present != null) {
      present.forEach(subscriber -> tell(room, subscriber, action));
    }
  }

  private static void tell(RoomId room, Subscriber subscriber, Consumer<Subscriber> action) {
    try {
      action.accept(subscriber);
    } catch (RuntimeException failure) {
      // The failure must reach neither the other subscribers nor the publisher.
      log.warn("A subscriber of {} failed", room, failure);
    }
  }

  @Override
  public Mono<Disposable> subscribe(RoomId room, Subscriber subscriber) {
    return Mono.fromSupplier(() -> add(room, subscriber));
  }

  @Override
  public Mono<Map<RoomId, Long>> listeners(Collection<RoomId> rooms) {
    return Mono.fromSupplier(() ->
        rooms.stream()
            .distinct()
            .filter(subscribers::containsKey)
            .collect(Collectors.toMap(Function.identity(), _ -> 1L)));
  }

  @Override
  public Instances instances() {
    return ALONE;
  }

  /** Adds a subscriber at once, as {@link #subscribe} does on subscription. */
  Disposable add(RoomId room, Subscriber subscriber) {
    subscribers.compute(
        room,
        (_, present) -> {
          List<Subscriber> list = present == null ? new CopyOnWriteArrayList<>() : present;
          list.add(subscriber);
          return list;
        });
    return new Subscription(room, subscriber);
  }

  private final class Subscription implements Disposable {
    private final RoomId room;
    private final Subscriber subscriber;
    private boolean disposed;

    Subscription(RoomId room, Subscriber subscriber) {
      this.room = room;
      this.subscriber = subscriber;
    }

    @Override
    public void dispose() {
      subscribers.computeIfPresent(
          room,
          (_, present) -> {
            if (!disposed) {
              disposed = true;
              present.remove(subscriber);
            }
            return present.isEmpty() ? null : present;
          });
    }
  }
}
