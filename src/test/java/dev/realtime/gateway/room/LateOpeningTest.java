package dev.realtime.gateway.room;

import static dev.realtime.gateway.room.Listener.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.realtime.gateway.bus.LocalRoomBus;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.Delivery;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A room opens although its log is down, and delivers what lasts once its rev is known. */
@Timeout(60)
class LateOpeningTest {

  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);
  private static final RoomId ALICE = RoomId.user("alice");

  private final LocalRoomBus bus = new LocalRoomBus();
  private final UserLog log = new UserLog();
  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final RoomRegistry registry =
      new RoomRegistry(bus, List.of(log), List.of(), new FrameEncoder(new EnvelopeCodec()), time);
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoop loop = group.next();
  private final Listener alice = new Listener("alice", loop);
  private final List<String> lived = new CopyOnWriteArrayList<>();

  @AfterEach
  void stop() {
    registry.stop();
    var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  private static final class UserLog implements RoomLog {
    final Map<RoomId, Long> positions = new ConcurrentHashMap<>();
    final List<Integer> asked = new CopyOnWriteArrayList<>();
    volatile boolean down = true;
    volatile RuntimeException failure = new IllegalStateException("down on purpose");

    @Override
    public RoomId.Kind kind() {
      return RoomId.Kind.USER;
    }

    @Override
    public boolean opensLate(Throwable why) {
      return why instanceof IllegalStateException;
    }

    @Override
    public Mono<Map<RoomId, Long>> positions(Collection<RoomId> rooms) {
      return Mono.defer(() -> {
        asked.add(rooms.size());
        return down ? Mono.error(failure) : Mono.just(Map.copyOf(positions));
      });
    }

    @Override
    public Flux<Frame> changesAfter(RoomId room, long rev) {
      return Flux.fromStream(() ->
          LongStream.rangeClosed(rev + 1, positions.getOrDefault(room, 0L))
              .mapToObj(RevGateTest::frame));
    }
  }

  private Place enterLate(Listener listener, RoomId room) {
    Place place = Listener.enter(registry, room, listener);
    assertThat(place.position().blockOptional(DEADLINE)).as("unknown").isEmpty();
    place.goLiveOnceOpen(() -> lived.add(listener.userId()));
    return place;
  }

  private void publish(Frame frame) {
    bus.publish(ALICE, frame);
  }

  private static Frame passing() {
    return new Frame(new Delivery.Sampled(), new byte[] {'{', '}'});
  }

  /** The log is back, and the pause ends. */
  private void back() {
    log.down = false;
    registry.openLate();
  }

  @Test
  void passesWhatDoesNotLastAndHoldsWhatDoes() {
    Place place = enterLate(alice, ALICE);

    publish(passing());
    publish(RevGateTest.frame(8));
    publish(RevGateTest.frame(7));

    assertThat(alice.settled()).containsExactly(0L);
    log.positions.put(ALICE, 8L);
    back();
    publish(RevGateTest.frame(8));
    publish(RevGateTest.frame(9));

    assertThat(alice.settled()).containsExactly(0L, 7L, 8L, 9L);
    assertThat(place.isLive()).isTrue();
    assertThat(place.since()).isEqualTo(6);
    assertThat(lived).containsExactly("alice");
  }

  @Test
  void opensAtTheLogWhereNothingHasCome() {
    Place place = enterLate(alice, ALICE);
    log.positions.put(ALICE, 8L);
    back();
    assertThat(place.position().block(DEADLINE)).isEqualTo(8);

    publish(RevGateTest.frame(8));
    publish(RevGateTest.frame(9));

    assertThat(alice.settled()).containsExactly(9L);
    assertThat(place.since()).isEqualTo(8);
  }

  @Test
  void readsFromTheLogWhatTheBusHasLostMeanwhile() {
    enterLate(alice, ALICE);
    publish(RevGateTest.frame(5));
    log.positions.put(ALICE, 7L);
    back();
    time.advanceTimeBy(Gatekeeper.HOLE_PATIENCE);

    assertThat(alice.settled()).containsExactly(5L, 6L, 7L);
  }

  @Test
  void holdsABoundedNumberAndReadsTheRest() {
    enterLate(alice, ALICE);
    int count = RevGate.CAPACITY + 50;
    for (long rev = 1; rev <= count; rev++) {
      publish(RevGateTest.frame(rev));
    }
    log.positions.put(ALICE, (long) count);
    back();
    time.advanceTimeBy(Gatekeeper.HOLE_PATIENCE);

    assertThat(alice.settled()).isEqualTo(range(1, count));
  }

  @Test
  void asksAgainForAllRoomsTogetherAfterGrowingPauses() {
    int users = 2_500;
    List<Listener> listeners = new ArrayList<>();
    IntStream.range(0, users)
        .forEach(i -> {
          Listener listener = new Listener("u" + i, loop);
          listeners.add(listener);
          enterLate(listener, RoomId.user("u" + i));
        });
    log.asked.clear();

    time.advanceTimeBy(Duration.ofMinutes(1));
    assertThat(log.asked).hasSizeBetween(6, 14).allMatch(size -> size == 1_000);
    log.asked.clear();
    time.advanceTimeBy(Duration.ofMinutes(1));
    assertThat(log.asked).as("the pauses have grown").hasSizeBetween(4, 9);

    log.asked.clear();
    log.down = false;
    time.advanceTimeBy(LONGEST_PAUSE);
    assertThat(log.asked).containsExactlyInAnyOrder(1_000, 1_000, 500);
    listeners.getFirst().settled();
    assertThat(lived).hasSize(users);
    time.advanceTimeBy(LONGEST_PAUSE);
    assertThat(log.asked).as("nobody waits any more").hasSize(3);
  }

  @Test
  void letsSeveralConnectionsOfAUserIn() {
    Listener other = new Listener("alice", loop);
    enterLate(alice, ALICE);
    enterLate(other, ALICE);
    Place gone = enterLate(new Listener("alice", loop), ALICE);
    gone.leave();
    publish(RevGateTest.frame(3));
    log.positions.put(ALICE, 3L);
    back();

    assertThat(Stream.of(alice, other))
        .allSatisfy(each -> assertThat(each.settled()).containsExactly(3L));
    Place late = Listener.enter(registry, ALICE, new Listener("alice", loop));
    assertThat(late.position().block(DEADLINE)).isEqualTo(3);
  }

  @Test
  void forgetsRoomsThatHaveClosed() {
    enterLate(alice, ALICE).leave();
    assertThat(registry.size()).isZero();
    log.asked.clear();
    log.down = false;

    time.advanceTimeBy(LONGEST_PAUSE);
    time.advanceTimeBy(LONGEST_PAUSE);

    assertThat(log.asked).isEmpty();
  }

  @Test
  void failsWhereTheFailureIsNoOutage() {
    log.failure = new IllegalArgumentException("a fault on purpose");

    assertThatThrownBy(() -> Listener.enter(registry, ALICE, alice))
        .hasMessage("a fault on purpose");
    assertThat(registry.size()).isZero();
  }
}
