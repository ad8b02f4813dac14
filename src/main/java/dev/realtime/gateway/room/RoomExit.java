package dev.realtime.gateway.room;

import dev.realtime.gateway.work.Mailbox;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Where frames leave a room: for the shard of each event loop that serves a member. Confined to the
 * room's mailbox, but for the number of those present.
 */
final class RoomExit {

  private final FrameEncoder encoder;
  private final Consumer<Place> onEvicted;
  private final Consumer<Place> onExpelled;
  private final Spells spells;
  private final List<RoomShard> shards = new ArrayList<>(1);
  private final AtomicInteger present = new AtomicInteger();

  /**
   * @param onEvicted takes, on its event loop, a place that a frame has put out
   * @param onExpelled takes, on its event loop, a place whose member has to resume
   */
  RoomExit(
      Mailbox mailbox,
      FrameEncoder encoder,
      Consumer<Place> onEvicted,
      Consumer<Place> onExpelled) {
    this.encoder = encoder;
    this.onEvicted = onEvicted;
    this.onExpelled = onExpelled;
    this.spells = new Spells(mailbox::after, this::lapsed);
  }

  /** Delivers a frame to those it is for; in a room too large for it, to nobody. */
  void emit(Frame frame) {
    int largest = frame.audience().largestRoom();
    if ((largest == 0 || present.get() <= largest) && spells.pass(frame)) {
      deliver(frame);
    }
  }

  /** The instance that should have ended what a frame began has not. */
  private void lapsed(Frame begun) {
    deliver(encoder.end(begun));
  }

  private void deliver(Frame frame) {
    shards.forEach(shard -> shard.deliver(frame));
  }

  /** Carries out a step of a place on its event loop, behind every frame emitted before. */
  void run(Place place, Consumer<RoomShard> step) {
    RoomShard shard = shard(place.member().eventLoop());
    shard.run(() -> step.accept(shard));
  }

  private RoomShard shard(EventLoop loop) {
    for (RoomShard shard : shards) {
      if (shard.isOn(loop)) {
        return shard;
      }
    }
    RoomShard shard = new RoomShard(loop, onEvicted, onExpelled);
    shards.add(shard);
    return shard;
  }

  /** Puts everyone out, and has them resume. */
  void expelAll() {
    shards.forEach(RoomShard::expelAll);
  }

  /** Counts who gets something from the room; from any thread. */
  void countPresent(int more) {
    if (more != 0) {
      present.addAndGet(more);
    }
  }

  /** Forgets what goes on: nobody is here any more. */
  void close() {
    spells.clear();
  }
}
