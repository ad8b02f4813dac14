package dev.realtime.gateway.room;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.realtime.gateway.bus.LocalRoomBus;
import dev.realtime.gateway.bus.RoomBus;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/** A place in a room is never lost, whoever asked for it and gave up. */
@Timeout(60)
class EnteringTest {

  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final int SEEDS = Integer.getInteger("gateway.seeds", 2_000);

  private final EventLoop loop = new DefaultEventLoop();
  private final LocalRoomBus local = new LocalRoomBus();
  private final SlowLog log = new SlowLog();
  private final RoomRegistry registry =
      new RoomRegistry(
          new SlowBus(local),
          List.of(log),
          List.of(),
          new FrameEncoder(new EnvelopeCodec()),
          Schedulers.parallel());
  private final Listener alice = new Listener("alice", loop);

  @AfterEach
  void stop() {
    var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  private static Mono<Long> soon() {
    int micros = new Random().nextInt(300);
    return micros < 100
        ? Mono.just(0L)
        : Mono.delay(Duration.ofNanos(micros * 1_000L), Schedulers.parallel());
  }

  /** Subscribes after a moment, as Redis does. */
  private record SlowBus(LocalRoomBus local) implements RoomBus {

    @Override
    public void publish(RoomId room, Message message) {
      local.publish(room, message);
    }

    @Override
    public Mono<Disposable> subscribe(RoomId room, Subscriber subscriber) {
      return local.subscribe(room, subscriber).flatMap(active -> soon().thenReturn(active));
    }

    @Override
    public Mono<Map<RoomId, Long>> listeners(Collection<RoomId> rooms) {
      return local.listeners(rooms);
    }

    @Override
    public Instances instances() {
      return local.instances();
    }
  }

  /** Answers after a moment, or when it is told to. */
  private static final class SlowLog implements RoomLog {
    volatile Mono<Map<RoomId, Long>> answer = Mono.defer(() -> soon().thenReturn(Map.of()));

    @Override
    public RoomId.Kind kind() {
      return RoomId.Kind.CHAT;
    }

    @Override
    public Mono<Map<RoomId, Long>> positions(Collection<RoomId> rooms) {
      return Mono.defer(() -> answer);
    }

    @Override
    public Flux<Frame> changesAfter(RoomId room, long rev) {
      return Flux.empty();
    }
  }

  @Test
  void leavesNothingBehindWhenGivenUpAtAnyMoment() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      RoomId room = RoomId.chat("c" + random.nextInt(4));
      Disposable caller = caller(registry.enter(room, alice), random.nextInt(3)).subscribe();
      LockSupport.parkNanos(random.nextInt(600_000));
      caller.dispose();
    }

    await().atMost(DEADLINE).untilAsserted(() -> assertThat(registry.size()).as("rooms").isZero());
    List<RoomId> rooms = List.of("c0", "c1", "c2", "c3").stream().map(RoomId::chat).toList();
    assertThat(local.listeners(rooms).block(DEADLINE)).as("subscriptions").isEmpty();
  }

  /** Three ways to ask; who is given the place leaves it. */
  private static Mono<?> caller(Mono<Place> entering, int way) {
    return switch (way) {
      case 0 -> entering.doOnNext(Place::leave);
      case 1 -> entering.doOnNext(Place::leave).timeout(Duration.ofNanos(200_000), Mono.empty());
      default -> Flux.merge(entering.doOnNext(Place::leave), soon()).next();
    };
  }

  @Test
  void opensARoomAnewForTheNextAfterAFailure() {
    RoomId room = RoomId.chat("c1");
    Sinks.One<Map<RoomId, Long>> pending = Sinks.one();
    log.answer = pending.asMono();
    registry.enter(room, alice).subscribe().dispose();
    var waits = registry.enter(room, alice).toFuture();

    assertThat(pending.tryEmitError(new IllegalStateException("fails on purpose")))
        .isEqualTo(Sinks.EmitResult.OK);
    assertThatThrownBy(waits::join).hasRootCauseMessage("fails on purpose");
    log.answer = Mono.just(Map.of());
    Place place = Objects.requireNonNull(registry.enter(room, alice).block(DEADLINE));

    assertThat(place.goLive(0).block(DEADLINE)).isTrue();
    assertThat(registry.size()).isEqualTo(1);
    place.leave();
    assertThat(registry.size()).isZero();
    assertThat(local.listeners(List.of(room)).block(DEADLINE)).isEmpty();
  }
}
