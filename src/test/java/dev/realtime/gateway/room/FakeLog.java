package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.room.Frame.Eviction;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The log of one room, in memory. */
final class FakeLog implements RoomLog {

  static final int PAGE = 5;

  final AtomicLong position = new AtomicLong();
  final AtomicBoolean gone = new AtomicBoolean();
  final AtomicInteger failures = new AtomicInteger();
  final AtomicInteger reads = new AtomicInteger();
  final AtomicInteger asked = new AtomicInteger();

  /** Where the log begins: what is below belongs to an earlier room of this id. */
  final AtomicLong begin = new AtomicLong();

  /** Runs after a position was read and before it is told. */
  final AtomicReference<@Nullable Runnable> onPosition = new AtomicReference<>();

  @Override
  public RoomId.Kind kind() {
    return RoomId.Kind.CHAT;
  }

  @Override
  public Mono<Map<RoomId, Long>> positions(Collection<RoomId> rooms) {
    return Mono.fromSupplier(() -> {
      asked.incrementAndGet();
      long read = position.get();
      Runnable then = onPosition.get();
      if (then != null) {
        then.run();
      }
      return gone.get()
          ? Map.of()
          : rooms.stream().collect(Collectors.toMap(room -> room, _ -> read));
    });
  }

  @Override
  public Flux<Frame> changesAfter(RoomId room, long rev) {
    return Flux.defer(() -> {
      reads.incrementAndGet();
      if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        return Flux.error(new IllegalStateException("away on purpose"));
      }
      long last = Math.min(position.get(), rev + PAGE);
      return Flux.fromStream(LongStream.rangeClosed(rev + 1, last).mapToObj(this::frame));
    });
  }

  private Frame frame(long rev) {
    return rev == begin.get() ? Frame.eviction(rev, Eviction.everyone()) : RevGateTest.frame(rev);
  }
}
