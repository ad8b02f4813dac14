package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.LoopTurns;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The places of a room whose members one event loop serves. The room hands it a frame once; the
 * loop sends the same bytes to each member, and sends the frames of one turn as one buffer.
 *
 * <p>Frames and the steps of places (add, change, remove) form one sequence: each place sees
 * exactly the frames handed over while it was in the shard.
 */
final class RoomShard {

  private sealed interface Step {
    record Delivery(Frame frame) implements Step {}

    record Work(Runnable task) implements Step {}
  }

  private static final Logger log = LoggerFactory.getLogger(RoomShard.class);

  /** In bytes; half of what a channel buffers before it is no longer writable. */
  private static final int LARGEST_BURST = 32 * 1024;

  private final EventLoop loop;
  private final Consumer<Place> onEvicted;
  private final Consumer<Place> onExpelled;
  // Guarded by this; null when no step is due.
  private @Nullable List<Step> due;
  // Used on the event loop only.
  private final List<Place> places = new ArrayList<>();
  private boolean carryingOut;
  // Used in the room's mailbox only: the places that were added and have not ended, whether or not
  // the
  // event loop has carried that out.
  private int counted;

  /**
   * @param onEvicted receives a place that a frame has ended
   * @param onExpelled receives a place whose member must resume
   */
  RoomShard(EventLoop loop, Consumer<Place> onEvicted, Consumer<Place> onExpelled) {
    this.loop = loop;
    this.onEvicted = onEvicted;
    this.onExpelled = onExpelled;
  }

  boolean isOn(EventLoop other) {
    return loop.equals(other);
  }

  /** Changes the number of places, in the room's mailbox, and returns it. */
  int count(int more) {
    counted += more;
    return counted;
  }

  /** Hands a frame over; like the methods below, called by one thread at a time, in order. */
  void deliver(Frame frame) {
    next(new Step.Delivery(frame));
  }

  /**
   * Runs a step on the event loop, after every frame and step before it. On the loop itself it runs
   * at once if nothing is due: a join has several steps, and each would wait for another turn.
   */
  void run(Runnable step) {
    if (loop.inEventLoop() && !carryingOut && nothingIsDue()) {
      carryOut(new Step.Work(step));
    } else {
      next(new Step.Work(step));
    }
  }

  private synchronized boolean nothingIsDue() {
    return due == null;
  }

  /** Evicts every member and makes it resume. */
  void expelAll() {
    run(this::expelAllNow);
  }

  private void next(Step step) {
    if (isFirst(step)) {
      try {
        LoopTurns.atEnd(loop, this::carryOut);
      } catch (RejectedExecutionException ended) {
        // The loop has ended and touches nothing any more; run its steps here, so that no caller
        // waits for ever.
        carryOut();
      }
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

  private void carryOut() {
    carryingOut = true;
    try {
      carryOut(takeDue());
    } finally {
      carryingOut = false;
    }
  }

  private void carryOut(List<Step> steps) {
    List<Frame> together = new ArrayList<>();
    int bytes = 0;
    for (Step step : steps) {
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
        carryOut(step);
      }
    }
    broadcast(together);
  }

  /** Runs one step; a failure must not affect later steps, which belong to other places. */
  private void carryOut(Step step) {
    try {
      switch (step) {
        case Step.Delivery(Frame frame) -> deliverAndEvict(frame);
        case Step.Work(Runnable task) -> task.run();
      }
    } catch (Throwable failure) {
      log.error("A step of a room failed", failure);
    }
  }

  private void deliverAndEvict(Frame frame) {
    if (!frame.saysNothing()) {
      broadcast(List.of(frame));
    }
    List.copyOf(places).stream()
        .filter(place -> place.isPutOutBy(frame))
        .forEach(place -> forOne(place, () -> evict(place, frame)));
  }

  private void evict(Place place, Frame frame) {
    place.deliverLast(frame);
    remove(place);
    onEvicted.accept(place);
  }

  // The methods below run within a step.

  /** Adds a place. */
  void add(Place place) {
    if (!place.isEnded()) {
      place.index = places.size();
      places.add(place);
    }
  }

  /** Removes a place and moves the last one to its index. */
  void remove(Place place) {
    int index = place.index;
    if (index < 0) {
      return;
    }
    Place last = places.removeLast();
    if (last != place) {
      places.set(index, last);
      last.index = index;
    }
    place.index = -1;
  }

  /** Removes a place whose member would otherwise miss frames, and makes the member resume. */
  void expel(Place place) {
    remove(place);
    forOne(place, () -> onExpelled.accept(place));
  }

  private void expelAllNow() {
    List.copyOf(places).forEach(this::expel);
  }

  private void broadcast(List<Frame> frames) {
    if (frames.isEmpty() || places.isEmpty()) {
      return;
    }
    Burst burst;
    try {
      burst = Burst.of(frames, ByteBufAllocator.DEFAULT);
    } catch (Throwable failure) {
      log.error("Could not write frames of a room, its members are told to resume", failure);
      expelAllNow();
      return;
    }
    try {
      deliverToAll(burst);
    } finally {
      burst.release();
    }
  }

  private void deliverToAll(Burst burst) {
    List<Place> failed = List.of();
    for (int i = 0; i < places.size(); i++) {
      Place place = places.get(i);
      try {
        place.deliver(burst);
      } catch (Throwable failure) {
        log.error("Could not deliver to a member of {}", place.roomId(), failure);
        failed = new ArrayList<>(failed);
        failed.add(place);
      }
    }
    failed.forEach(this::expel);
  }

  /** Runs a task for one place; a failure must not affect the others. */
  private static void forOne(Place place, Runnable task) {
    try {
      task.run();
    } catch (Throwable failure) {
      log.error("A step for a member of {} failed", place.roomId(), failure);
    }
  }
}
