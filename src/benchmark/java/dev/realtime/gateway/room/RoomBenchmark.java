package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.LocalRoomBus;
import dev.realtime.gateway.bus.RoomBus;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.Delivery;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import reactor.core.scheduler.Schedulers;

/** A message of the bus on its way to the members of a room that one event loop serves. */
@State(Scope.Thread)
public class RoomBenchmark {

  private static final int MEMBERS = 100;
  private static final RoomId ROOM = RoomId.live("s1");

  private final LocalRoomBus bus = new LocalRoomBus();
  private final RoomRegistry rooms =
      new RoomRegistry(
          bus, List.of(), List.of(), new FrameEncoder(new EnvelopeCodec()), Schedulers.immediate());
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Listener listener = new Listener();
  private final byte[] message =
      BusFormat.write(
          new Frame(new Delivery.Sampled(), "{}".repeat(150).getBytes(StandardCharsets.UTF_8)));

  /** Fills the room. */
  @Setup
  public void enter() {
    for (int i = 0; i < MEMBERS; i++) {
      Place place = Objects.requireNonNull(rooms.enter(ROOM, listener).block());
      place.goLive(0).subscribe();
    }
    channel.runPendingTasks();
  }

  /** One hand-off to the event loop, counted per member that gets the frame. */
  @Benchmark
  @OperationsPerInvocation(MEMBERS)
  public long handOff() {
    long before = listener.bytes;
    bus.publish(ROOM, RoomBus.Message.of(message));
    channel.runPendingTasks();
    if (listener.bytes == before) {
      throw new IllegalStateException("Nobody got the frame");
    }
    return listener.bytes;
  }

  /** Takes the frame as a connection does, up to the write. */
  private final class Listener implements RoomMember {

    private long bytes;

    @Override
    public String userId() {
      return "viewer";
    }

    @Override
    public EventLoop eventLoop() {
      return channel.eventLoop();
    }

    @Override
    public boolean isIn(RoomId room) {
      return true;
    }

    @Override
    public void deliver(List<Frame> frames, ByteBuf wire) {
      ByteBuf copy = wire.retainedDuplicate();
      bytes += copy.readableBytes();
      copy.release();
    }

    @Override
    public void outdated(Place membership) {}

    @Override
    public void evicted(Place membership) {
      throw new IllegalStateException("Nobody is put out");
    }
  }
}
