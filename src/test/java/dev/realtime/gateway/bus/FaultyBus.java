package dev.realtime.gateway.bus;

import java.util.Collection;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * Nodes started with this bean have a bus that loses, repeats and reorders what rooms are told. It
 * does not call itself a configuration: no other node's scan must find it.
 */
public class FaultyBus {

  /** What happens to messages on their last steps. */
  public enum Mode {
    SOUND,
    FAULTY,
    LOSING_ALL
  }

  /** Of all faulty buses there are. */
  public static volatile Mode mode = Mode.SOUND;

  @Bean
  @Primary
  RoomBus sufferingBus(RedisRoomBus sound) {
    return new Bus(sound);
  }

  private record Bus(RoomBus sound) implements RoomBus {

    @Override
    public void publish(RoomId room, Message message) {
      sound.publish(room, message);
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
      return sound.subscribe(
          room, room.kind() == RoomId.Kind.CLUSTER ? subscriber : new Sufferer(subscriber));
    }
  }

  private static final class Sufferer implements RoomBus.Subscriber {
    private final RoomBus.Subscriber subscriber;
    private final Random random = new Random(42);
    private RoomBus.@Nullable Message held;

    Sufferer(RoomBus.Subscriber subscriber) {
      this.subscriber = subscriber;
    }

    @Override
    public synchronized void received(RoomBus.Message message) {
      int fate = mode == Mode.FAULTY ? random.nextInt(10) : 9;
      if (mode == Mode.LOSING_ALL || fate < 2) {
        return;
      }
      if (fate < 4 && held == null) {
        held = message;
        return;
      }
      subscriber.received(message);
      if (fate < 6) {
        subscriber.received(message);
      }
      RoomBus.Message late = held;
      held = null;
      if (late != null) {
        subscriber.received(late);
      }
    }

    @Override
    public void interrupted() {
      subscriber.interrupted();
    }

    @Override
    public void interrupted(long since) {
      subscriber.interrupted(since);
    }
  }
}
