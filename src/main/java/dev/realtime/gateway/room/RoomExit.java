package dev.realtime.gateway.room;

import dev.realtime.gateway.work.Mailbox;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The exit of a room: it hands frames to the shard of each event loop that serves a member.
 * Confined to the room's mailbox, except the number of present members.
 */
final class RoomExit {

  private final FrameEncoder encoder;
  private final Consumer<Place> onEvicted;
  private final Consumer<Place> onExpelled;
  private final Spells spells;
  private final List<RoomShard> shards = new ArrayList<>(1);
  private final AtomicInteger present = new AtomicInteger();
  private List<Waiting> waiting = List.of();

  /** A place that goes live once the room's rev is known. */
  private record Waiting(Place place, LongConsumer goLive) {}

  /**
   * @param onEvicted receives, on its event loop, a place that a frame has ended
   * @param onExpelled receives, on its event loop, a place whose member must resume
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

  /** Delivers a frame to its audience; to no member in a room too large for it. */
  void emit(Frame frame) {
    int largest = frame.audience().largestRoom();
    if ((largest == 0 || present.get() <= largest) && spells.pass(frame)) {
      deliver(frame);
    }
  }

  /** Ends a state whose instance should have ended it and has not. */
  private void lapsed(Frame begun) {
    deliver(encoder.end(begun));
  }

  private void deliver(Frame frame) {
    shards.forEach(shard -> shard.deliver(frame));
  }

  /** Adds a place on its event loop, after every frame emitted before. */
  void enter(Place place) {
    RoomShard shard = find(place);
    if (shard == null) {
      shard = newShard(place);
      shards.add(shard);
    }
    shard.count(1);
    RoomShard entered = shard;
    shard.run(() -> entered.add(place));
  }

  /** Removes a place that has ended from its event loop. */
  void leave(Place place) {
    run(place, shard -> shard.remove(place));
    left(place);
  }

  /**
   * Counts off a place that has ended; called once for each. An event loop without a place gets no
   * frames any more. The next place there begins a shard of its own: the order between the steps of
   * two places matters to neither.
   */
  void left(Place place) {
    RoomShard shard = find(place);
    if (shard != null && shard.count(-1) == 0) {
      shards.remove(shard);
    }
  }

  /** Runs a step of a place on its event loop, after every frame emitted before. */
  void run(Place place, Consumer<RoomShard> step) {
    RoomShard found = find(place);
    // The steps of a place that has ended still answer whoever waits for them.
    RoomShard shard = found == null ? newShard(place) : found;
    shard.run(() -> step.accept(shard));
  }

  /**
   * Keeps a place until the room's rev is known.
   *
   * @param goLive receives that rev
   */
  void await(Place place, LongConsumer goLive) {
    Stream<Waiting> others = waiting.stream().filter(each -> !each.place().isEnded());
    waiting = Stream.concat(others, Stream.of(new Waiting(place, goLive))).toList();
  }

  /** Brings the places live that have waited for the room's rev, before any lasting change. */
  void open(long rev) {
    List<Waiting> places = waiting;
    waiting = List.of();
    places.forEach(each -> each.goLive().accept(rev));
  }

  private @Nullable RoomShard find(Place place) {
    EventLoop loop = place.member().eventLoop();
    for (RoomShard shard : shards) {
      if (shard.isOn(loop)) {
        return shard;
      }
    }
    return null;
  }

  private RoomShard newShard(Place place) {
    return new RoomShard(place.member().eventLoop(), onEvicted, onExpelled);
  }

  /** Evicts every member and makes it resume. */
  void expelAll() {
    shards.forEach(RoomShard::expelAll);
  }

  /** Changes the number of members that receive frames from the room; from any thread. */
  void countPresent(int more) {
    if (more != 0) {
      present.addAndGet(more);
    }
  }

  /** Returns the number of members that receive frames from the room; for any thread. */
  int present() {
    return present.get();
  }

  /** Forgets the states under way, since the room has no members any more. */
  void close() {
    spells.clear();
  }
}
