package dev.realtime.gateway.room;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.bus.RoomId;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.LongStream;

/** A member that notes what reaches it. */
final class Listener implements RoomMember {

  private static final Duration DEADLINE = Duration.ofSeconds(10);

  final Queue<Long> revs = new ConcurrentLinkedQueue<>();
  final Queue<Place> evictions = new ConcurrentLinkedQueue<>();
  final Queue<Place> outdated = new ConcurrentLinkedQueue<>();

  /** Fails whatever it is asked to do, as broken memory would. */
  volatile boolean fails;

  private final String userId;
  private final EventLoop loop;

  Listener(String userId, EventLoop loop) {
    this.userId = userId;
    this.loop = loop;
  }

  static Place enter(RoomRegistry registry, RoomId room, Listener listener) {
    return enter(registry, room, listener, 0);
  }

  static Place enter(RoomRegistry registry, RoomId room, Listener listener, long asOf) {
    return Objects.requireNonNull(registry.enter(room, listener, asOf).block(DEADLINE));
  }

  /** Enters and goes live, reading from the log what the room is ahead. */
  static Place follow(RoomRegistry registry, RoomLog log, RoomId room, Listener listener) {
    Place place = enter(registry, room, listener);
    long position =
        Objects.requireNonNull(log.positions(List.of(room)).block(DEADLINE)).getOrDefault(room, 0L);
    listener.goLive(place, log, room, position);
    return place;
  }

  void goLive(Place place, RoomLog log, RoomId room, long from) {
    long position = from;
    long end = System.nanoTime() + DEADLINE.toNanos();
    while (!Objects.requireNonNull(place.goLive(position).block(DEADLINE))) {
      assertThat(System.nanoTime()).as("it never goes live").isLessThan(end);
      for (Frame frame :
          Objects.requireNonNull(log.changesAfter(room, position).collectList().block(DEADLINE))) {
        revs.add(frame.rev());
        position = frame.rev();
      }
    }
  }

  /** What has come by now, once everything under way has been delivered. */
  List<Long> settled() {
    assertThat(loop.submit(() -> {}).awaitUninterruptibly(DEADLINE.toMillis())).isTrue();
    return List.copyOf(revs);
  }

  static List<Long> range(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }

  @Override
  public String userId() {
    return userId;
  }

  @Override
  public EventLoop eventLoop() {
    return loop;
  }

  @Override
  public boolean isIn(RoomId room) {
    return false;
  }

  @Override
  public void deliver(List<Frame> frames, ByteBuf wire) {
    failOnPurpose();
    frames.forEach(frame -> revs.add(frame.rev()));
  }

  private void failOnPurpose() {
    if (fails) {
      throw new OutOfMemoryError("on purpose");
    }
  }

  @Override
  public void evicted(Place membership) {
    failOnPurpose();
    evictions.add(membership);
  }

  @Override
  public void outdated(Place membership) {
    outdated.add(membership);
  }
}
