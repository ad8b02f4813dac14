package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.LocalRoomBus;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.Delivery;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.room.Frame.Eviction;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.util.List;
import java.util.concurrent.TimeUnit;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A room with a log, in memory and in a time that tests move, and two who may enter it. */
final class TestRoom {

  static final RoomId ID = RoomId.chat("c1");

  final LocalRoomBus bus = new LocalRoomBus();
  final FakeLog log = new FakeLog();
  final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  final RoomRegistry registry =
      new RoomRegistry(bus, List.of(log), List.of(), new FrameEncoder(new EnvelopeCodec()), time);
  // Of the kind that serves sockets: others do not run what is due at the end of a turn.
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
  final List<EventLoop> loops = List.of(group.next(), group.next());
  final Listener alice = new Listener("alice", loops.get(0));
  final Listener bob = new Listener("bob", loops.get(1));

  void stop() {
    registry.stop();
    var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  /** Stores a change, and publishes it unless the bus is to lose it. */
  long change(boolean published) {
    long rev = log.position.incrementAndGet();
    if (published) {
      publish(rev);
    }
    return rev;
  }

  void publish(long rev) {
    publish(RevGateTest.frame(rev));
  }

  void publish(Frame frame) {
    bus.publish(ID, frame);
  }

  static Frame removal(long rev, String userId) {
    return new Frame(
        Delivery.durable(rev),
        Audience.everyone(),
        Eviction.of(userId),
        null,
        new byte[] {'{', '}'});
  }

  Place enter(Listener listener) {
    return enter(listener, 0);
  }

  Place enter(Listener listener, long asOf) {
    return Listener.enter(registry, ID, listener, asOf);
  }

  Place follow(Listener listener) {
    return Listener.follow(registry, log, ID, listener);
  }
}
