package dev.realtime.gateway.room;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The log of one room, in memory. */
final class FakeLog implements RoomLog {

  static final int PAGE = 5;

  final AtomicLong position = new AtomicLong();
  final AtomicBoolean gone = new AtomicBoolean();
  final AtomicInteger failures = new AtomicInteger();
  final AtomicInteger reads = new AtomicInteger();

  @Override
  public RoomId.Kind kind() {
    return RoomId.Kind.CHAT;
  }

  @Override
  public Mono<Map<RoomId, Long>> positions(Collection<RoomId> rooms) {
    return Mono.fromSupplier(() ->
        gone.get()
            ? Map.of()
            : rooms.stream().collect(Collectors.toMap(room -> room, _ -> position.get())));
  }

  @Override
  public Flux<Frame> changesAfter(RoomId room, long rev) {
    return Flux.defer(() -> {
      reads.incrementAndGet();
      if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        return Flux.error(new IllegalStateException("away on purpose"));
      }
      long last = Math.min(position.get(), rev + PAGE);
      return Flux.fromStream(LongStream.rangeClosed(rev + 1, last).mapToObj(RevGateTest::frame));
    });
  }
}
