package dev.realtime.gateway.room;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.bus.LocalRoomBus;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.work.ShutdownOrder;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/** What the comparisons of many rooms cost, and what a log that is down does to the others. */
@Timeout(60)
class ComparisonsTest {

  private static final int ROOMS = 5_000;

  /** A pause for each group of interruptions, and the fill of a hole. */
  private static final Duration SOON = Comparisons.QUIET.multipliedBy(2).plusMillis(20);

  private final LocalRoomBus bus = new LocalRoomBus();
  private final CountedLog chats = new CountedLog(RoomId.Kind.CHAT);
  private final CountedLog users = new CountedLog(RoomId.Kind.USER);
  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final RoomRegistry registry =
      new RoomRegistry(
          bus, List.of(chats, users), List.of(), new FrameEncoder(new EnvelopeCodec()), time);
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoop loop = group.next();

  @AfterEach
  void stop() {
    registry.stop();
    var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  /** A log of many rooms that are all at one rev. */
  private static final class CountedLog implements RoomLog {
    final Queue<Integer> queries = new ConcurrentLinkedQueue<>();
    volatile boolean down;
    private final RoomId.Kind kind;

    CountedLog(RoomId.Kind kind) {
      this.kind = kind;
    }

    @Override
    public RoomId.Kind kind() {
      return kind;
    }

    @Override
    public Mono<Map<RoomId, Long>> positions(Collection<RoomId> rooms) {
      return Mono.fromCallable(() -> {
        queries.add(rooms.size());
        if (down) {
          throw new IllegalStateException("down on purpose");
        }
        return rooms.stream().collect(Collectors.toMap(Function.identity(), _ -> 1L));
      });
    }

    @Override
    public Flux<Frame> changesAfter(RoomId room, long rev) {
      return Flux.empty();
    }

    int rooms() {
      return queries.stream().mapToInt(Integer::intValue).sum();
    }
  }

  private List<RoomId> open(Function<String, RoomId> kind, int count) {
    List<RoomId> ids = IntStream.range(0, count).mapToObj(i -> kind.apply("r" + i)).toList();
    ids.forEach(id -> Listener.enter(registry, id, new Listener("u", loop)));
    chats.queries.clear();
    users.queries.clear();
    return ids;
  }

  @Test
  void readsAThousandInterruptedRoomsInAQuery() {
    List<RoomId> ids = open(RoomId::chat, ROOMS);

    ids.forEach(bus::interrupt);
    time.advanceTimeBy(SOON);

    assertThat(chats.rooms()).isEqualTo(ROOMS);
    assertThat(chats.queries)
        .hasSizeLessThanOrEqualTo(ROOMS / Comparisons.GROUP + 1)
        .allMatch(size -> size <= Comparisons.GROUP);
    assertThat(registry.compared()).isEqualTo(ROOMS);
  }

  @Test
  void gathersRoomsThatAreInterruptedOneAfterTheOther() {
    List<RoomId> ids = open(RoomId::chat, 300);

    for (RoomId id : ids) {
      bus.interrupt(id);
      time.advanceTimeBy(Duration.ofMillis(1));
    }
    time.advanceTimeBy(SOON);

    assertThat(chats.rooms()).isEqualTo(300);
    assertThat(chats.queries).hasSizeLessThanOrEqualTo(2);
  }

  @Test
  void readsAllRoomsAThousandInAQuery() {
    registry.start();
    open(RoomId::chat, ROOMS);

    time.advanceTimeBy(Comparisons.PERIOD);

    assertThat(chats.rooms()).isEqualTo(ROOMS);
    assertThat(chats.queries).allMatch(size -> size <= Comparisons.GROUP);
  }

  @Test
  void comparesTheOtherKindsIfALogIsDown() {
    registry.start();
    open(RoomId::chat, 1);
    open(RoomId::user, 1);
    chats.down = true;

    time.advanceTimeBy(Comparisons.PERIOD);

    assertThat(chats.queries).hasSize(1);
    assertThat(users.queries).hasSize(1);
  }

  @Test
  void asksALogThatIsDownAgainAndHoldsUpNoOther() {
    RoomId chat = open(RoomId::chat, 1).getFirst();
    RoomId user = open(RoomId::user, 1).getFirst();
    chats.down = true;

    bus.interrupt(chat);
    time.advanceTimeBy(SOON);
    bus.interrupt(user);
    time.advanceTimeBy(SOON);
    assertThat(chats.queries).hasSize(1);
    assertThat(users.queries).hasSize(1);
    chats.down = false;
    time.advanceTimeBy(Duration.ofSeconds(2));

    assertThat(chats.queries).hasSize(2);
    time.advanceTimeBy(Duration.ofSeconds(10));
    assertThat(chats.queries).hasSize(2);
  }

  @Test
  void comparesUntilTheConnectionsAreDrained() {
    assertThat(registry.getPhase()).isLessThan(ShutdownOrder.DRAIN.phase());
  }
}
