package dev.realtime.gateway.session;

import dev.realtime.gateway.protocol.Countable;
import dev.realtime.gateway.protocol.Delivery;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.Event;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.room.Frame;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.ObjIntConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The bounded queue of frames that wait for one connection: each class of frames yields to more
 * important ones, as section 2 of the protocol promises. Confined to the connection's event loop.
 */
final class OutboundQueue {

  /**
   * The settings that all connections share.
   *
   * @param maxFrames frames that may wait
   * @param maxBytes bytes that may wait, in addition to Netty's own buffer (64 KiB)
   * @param onDropped receives the delivery and number of frames dropped because the client is slow
   * @param codec reads and writes the events whose counts the queue adds up
   */
  record Bounds(
      int maxFrames, int maxBytes, ObjIntConsumer<Delivery> onDropped, EnvelopeCodec codec) {}

  private final Deque<Frame> frames = new ArrayDeque<>();
  private final Bounds bounds;
  private int bytes;

  OutboundQueue(Bounds bounds) {
    this.bounds = bounds;
  }

  /**
   * Queues a frame, or drops it or others as their delivery permits.
   *
   * @return false if the queue has no room for a frame that must arrive
   */
  boolean offer(Frame frame) {
    return switch (frame.delivery()) {
      case Delivery.Durable _ -> enqueue(frame);
      case Delivery.Latest latest -> replace(frame, latest);
      case Delivery.Sampled _ -> sample(frame);
      case Delivery.SampledLast _ -> enqueue(frame) || drop(frame);
      case Delivery.Counted counted -> addUp(frame, counted);
      case Delivery.Begins _, Delivery.Ends _ -> drop(frame);
    };
  }

  boolean isEmpty() {
    return frames.isEmpty();
  }

  /** Removes and returns the frame that has waited longest; null if none waits. */
  @Nullable Frame poll() {
    Frame next = frames.poll();
    if (next != null) {
      bytes -= next.json().length;
    }
    return next;
  }

  /** Counts a frame as dropped. */
  private boolean drop(Frame frame) {
    int lost = frame.delivery() instanceof Delivery.Counted counted ? counted.count() : 1;
    bounds.onDropped().accept(frame.delivery(), lost);
    return true;
  }

  private boolean enqueue(Frame frame) {
    if (!makeRoom(frame)) {
      return false;
    }
    frames.add(frame);
    bytes += frame.json().length;
    return true;
  }

  /** Queues a message of a viewer: these fill half of the queue at most, which keeps the latest. */
  private boolean sample(Frame frame) {
    while (frames.size() >= bounds.maxFrames() / 2
        || bytes + frame.json().length > bounds.maxBytes() / 2) {
      if (!dropFirst(Delivery.Sampled.class)) {
        return drop(frame);
      }
    }
    return enqueue(frame);
  }

  /** Merges waiting counts into one count at the end of the queue. */
  private boolean addUp(Frame frame, Delivery.Counted counted) {
    int waiting = 0;
    for (Frame other : frames) {
      if (other.delivery() instanceof Delivery.Counted(String key, int count)
          && key.equals(counted.key())) {
        waiting += count;
      }
    }
    Frame total = waiting == 0 ? frame : withCount(frame, counted.count() + waiting);
    removeIf(other ->
        other.delivery() instanceof Delivery.Counted same && same.key().equals(counted.key()));
    return isFull(total) ? drop(total) : enqueue(total);
  }

  /**
   * Returns the frame with another count; unchanged if a newer instance sent an event that this one
   * cannot read.
   */
  private Frame withCount(Frame frame, int count) {
    try {
      if (bounds.codec().decodeEvent(frame.json()) instanceof Countable counted) {
        Event total = counted.withCount(count);
        return new Frame(total.delivery(), bounds.codec().encode(total));
      }
      return frame;
    } catch (GatewayException unknown) {
      return frame;
    }
  }

  /**
   * Replaces an older value by the newest at the end, since it may refer to a frame that waits
   * before it.
   */
  private boolean replace(Frame frame, Delivery.Latest latest) {
    removeIf(other -> latest.equals(other.delivery()));
    return enqueue(frame) || drop(frame);
  }

  private boolean isFull(Frame frame) {
    return frames.size() >= bounds.maxFrames() || bytes + frame.json().length > bounds.maxBytes();
  }

  /**
   * Drops frames that may be lost, the oldest first, until there is room. Messages of host and
   * moderators are dropped last, and only for a frame that must arrive.
   */
  private boolean makeRoom(Frame frame) {
    boolean mustArrive = frame.delivery() instanceof Delivery.Durable;
    while (isFull(frame)
        && (dropFirst(Delivery.Ephemeral.class)
            || dropFirst(Delivery.Sampled.class)
            || (mustArrive && dropFirst(Delivery.SampledLast.class)))) {
      // The condition drops one frame.
    }
    return !isFull(frame);
  }

  /** Drops the frame of a class that has waited longest; returns false if none waits. */
  private boolean dropFirst(Class<? extends Delivery> kind) {
    for (Iterator<Frame> waiting = frames.iterator(); waiting.hasNext(); ) {
      Frame frame = waiting.next();
      if (kind.isInstance(frame.delivery())) {
        waiting.remove();
        bytes -= frame.json().length;
        return drop(frame);
      }
    }
    return false;
  }

  private void removeIf(Predicate<Frame> unwanted) {
    if (frames.removeIf(unwanted)) {
      bytes = frames.stream().mapToInt(waiting -> waiting.json().length).sum();
    }
  }
}
