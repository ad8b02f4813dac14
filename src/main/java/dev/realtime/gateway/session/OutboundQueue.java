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
 * The frames that wait for one connection, bounded: each class of frames makes room for what is
 * worth more, in the way section 2 of the protocol promises. Confined to the connection's event
 * loop.
 */
final class OutboundQueue {

  /**
   * What all connections share.
   *
   * @param maxFrames frames that may wait
   * @param maxBytes bytes that may wait, besides what Netty's own buffer holds (64 KiB)
   * @param onDropped learns of what was dropped because the client is slow, and how many
   * @param codec reads and writes the events that the queue adds up
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
   * Keeps a frame, or drops it or others as their delivery permits.
   *
   * @return false if a frame that must arrive finds no room
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

  /** Takes the frame that has waited longest; null if none waits. */
  @Nullable Frame poll() {
    Frame next = frames.poll();
    if (next != null) {
      bytes -= next.json().length;
    }
    return next;
  }

  /** Loses and counts a frame that may be lost. */
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

  /** Viewers' words fill half of the queue at most; the queue keeps the latest of them. */
  private boolean sample(Frame frame) {
    while (frames.size() >= bounds.maxFrames() / 2
        || bytes + frame.json().length > bounds.maxBytes() / 2) {
      if (!dropFirst(Delivery.Sampled.class)) {
        return drop(frame);
      }
    }
    return enqueue(frame);
  }

  /** Counts that wait become one count, which goes to the end. */
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

  /** Where a newer instance has sent an event that this one cannot read, the count stays. */
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

  /** The newest goes to the end: it may be about something that waits before it. */
  private boolean replace(Frame frame, Delivery.Latest latest) {
    removeIf(other -> latest.equals(other.delivery()));
    return enqueue(frame) || drop(frame);
  }

  private boolean isFull(Frame frame) {
    return frames.size() >= bounds.maxFrames() || bytes + frame.json().length > bounds.maxBytes();
  }

  /**
   * Drops what may be lost, the oldest first, until there is room. The words of host and moderators
   * go only where nothing else is left, and only for what must arrive.
   */
  private boolean makeRoom(Frame frame) {
    boolean mustArrive = frame.delivery() instanceof Delivery.Durable;
    while (isFull(frame)
        && (dropFirst(Delivery.Ephemeral.class)
            || dropFirst(Delivery.Sampled.class)
            || (mustArrive && dropFirst(Delivery.SampledLast.class)))) {
      // One less.
    }
    return !isFull(frame);
  }

  /** Drops the one that has waited longest; false if none of the kind waits. */
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
