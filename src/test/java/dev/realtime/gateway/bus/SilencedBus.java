package dev.realtime.gateway.bus;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * Nodes started with this bean end without a word, and before that can be kept from publishing to
 * other nodes, as if they were killed. It does not call itself a configuration: no other node's
 * scan must find it.
 */
public class SilencedBus {

  /** Whether nothing is published any more. */
  public static volatile boolean silent;

  @Bean
  @Primary
  RoomBus mortalBus(RedisRoomBus sound) {
    return new Bus(sound);
  }

  private record Bus(RedisRoomBus sound) implements RoomBus, RoomBus.Instances {

    @Override
    public void publish(RoomId room, Message message) {
      if (!silent) {
        sound.publish(room, message);
      }
    }

    @Override
    public Mono<Disposable> subscribe(RoomId room, Subscriber subscriber) {
      return sound.subscribe(room, subscriber);
    }

    @Override
    public int reach(RoomId room) {
      return sound.reach(room);
    }

    @Override
    public Mono<Map<RoomId, Long>> listeners(Collection<RoomId> rooms) {
      return sound.listeners(rooms);
    }

    @Override
    public Instances instances() {
      return this;
    }

    @Override
    public String self() {
      return sound.instances().self();
    }

    @Override
    public Set<String> others() {
      return sound.instances().others();
    }

    @Override
    public Disposable announce() {
      var _ = sound.instances().announce();
      return () -> {};
    }
  }
}
