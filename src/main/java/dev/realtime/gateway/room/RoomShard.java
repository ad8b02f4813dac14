package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.LoopTurns;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The members of a room that one event loop serves. The room hands it a frame once; on the loop the
 * same bytes go to each of them, and what has come in during one turn goes in one piece.
 *
 * <p>Frames, members who come and members who leave are one sequence: each member sees exactly what
 * was handed over while it was in.
 */
final class RoomShard implements Consumer<Frame> {

  private sealed interface Step {
    record Delivery(Frame frame) implements Step {}

    record Entry(Place membership, long position) implements Step {}

    record Exit(Place membership) implements Step {}

    record Hold(Place membership, Runnable done) implements Step {}

    record Expulsion(Consumer<Place> each) implements Step {}

    record Renewal(Place membership, long asOf, Consumer<Boolean> done) implements Step {}
  }

  private static final Logger log = LoggerFactory.getLogger(RoomShard.class);

  /** Bytes; half of what a channel holds before it takes no more for the moment. */
  private static final int LARGEST_BURST = 32 * 1024;

  private final EventLoop loop;
  private final Consumer<Place> onEvicted;
  // Guarded by this; null when nothing is due.
  private @Nullable List<Step> due;
  // Touched on the event loop only.
  private final List<Place> members = new ArrayList<>();

  RoomShard(EventLoop loop, Consumer<Place> onEvicted) {
    this.loop = loop;
    this.onEvicted = onEvicted;
  }

  /** Hands a frame over; called by one thread at a time, in order, as all below. */
  @Override
  public void accept(Frame frame) {
    next(new Step.Delivery(frame));
  }

  /** Lets a member in, which has everything up to this position. */
  void add(Place membership, long position) {
    next(new Step.Entry(membership, position));
  }

  /** Lets no lasting change through to a member until it is added again. */
  void hold(Place membership, Runnable done) {
    next(new Step.Hold(membership, done));
  }

  /** Moves a member's place to a newer state, and tells whether it is still there. */
  void renew(Place membership, long asOf, Consumer<Boolean> done) {
    next(new Step.Renewal(membership, asOf, done));
  }

  void remove(Place membership) {
    next(new Step.Exit(membership));
  }

  /** Takes every member out, and hands each over. */
  void expelAll(Consumer<Place> each) {
    next(new Step.Expulsion(each));
  }

  private void next(Step step) {
    if (isFirst(step)) {
      LoopTurns.atEnd(loop, this::run);
    }
  }

  private synchronized boolean isFirst(Step step) {
    boolean first = due == null;
    if (due == null) {
      due = new ArrayList<>(1);
    }
    due.add(step);
    return first;
  }

  private synchronized List<Step> takeDue() {
    List<Step> taken = Objects.requireNonNull(due);
    due = null;
    return taken;
  }

  private void run() {
    List<Frame> together = new ArrayList<>();
    int bytes = 0;
    for (Step step : takeDue()) {
      if (step instanceof Step.Delivery(Frame frame) && frame.evicts() == null) {
        if (bytes + WireFormat.length(frame) > LARGEST_BURST) {
          broadcast(together);
          together = new ArrayList<>();
          bytes = 0;
        }
        together.add(frame);
        bytes += WireFormat.length(frame);
      } else {
        broadcast(together);
        together = new ArrayList<>();
        bytes = 0;
        take(step);
      }
    }
    broadcast(together);
  }

  /** The steps behind it belong to others: one failure must not take them along. */
  private void take(Step step) {
    try {
      carryOut(step);
    } catch (RuntimeException failure) {
      log.error("A step of a room failed", failure);
    }
  }

  private void carryOut(Step step) {
    switch (step) {
      case Step.Entry(Place membership, long position) -> addNow(membership, position);
      case Step.Exit(Place membership) -> removeNow(membership);
      case Step.Hold(Place membership, Runnable done) -> {
        membership.pause();
        done.run();
      }
      case Step.Expulsion(Consumer<Place> each) -> expelNow(each);
      case Step.Renewal(Place membership, long asOf, Consumer<Boolean> done) ->
          done.accept(membership.renewNow(asOf));
      case Step.Delivery(Frame frame) -> {
        if (!frame.saysNothing()) {
          broadcast(List.of(frame));
        }
        evict(frame);
      }
    }
  }

  private void addNow(Place membership, long position) {
    membership.startAfter(position);
    if (membership.index < 0 && !membership.isEnded()) {
      membership.index = members.size();
      members.add(membership);
    }
  }

  /** Takes it out by putting the last one in its place. */
  private void removeNow(Place membership) {
    int index = membership.index;
    if (index < 0) {
      return;
    }
    Place last = members.removeLast();
    if (last != membership) {
      members.set(index, last);
      last.index = index;
    }
    membership.index = -1;
  }

  private void expelNow(Consumer<Place> each) {
    List<Place> all = List.copyOf(members);
    all.forEach(this::removeNow);
    all.forEach(each);
  }

  private void broadcast(List<Frame> frames) {
    if (frames.isEmpty() || members.isEmpty()) {
      return;
    }
    Burst burst = Burst.of(frames, ByteBufAllocator.DEFAULT);
    try {
      for (int i = 0; i < members.size(); i++) {
        members.get(i).deliver(burst);
      }
    } finally {
      burst.release();
    }
  }

  private void evict(Frame frame) {
    List<Place> out = members.stream().filter(membership -> membership.isPutOutBy(frame)).toList();
    for (Place membership : out) {
      membership.deliverLast(frame);
      removeNow(membership);
      onEvicted.accept(membership);
    }
  }
}
