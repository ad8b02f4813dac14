package dev.realtime.gateway.session;

import dev.realtime.gateway.protocol.Countable;
import dev.realtime.gateway.protocol.Delivery;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.Event;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.room.Frame;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ObjIntConsumer;
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

  /** Counts the frames that slow clients missed, by delivery class. */
  static final class DroppedFrames implements ObjIntConsumer<Delivery> {

    private final Counter durable;
    private final Counter latest;
    private final Counter sampled;
    private final Counter sampledLast;
    private final Counter ephemeral;

    DroppedFrames(MeterRegistry meters) {
      this.durable = counter(meters, "durable");
      this.latest = counter(meters, "latest");
      this.sampled = counter(meters, "sampled");
      this.sampledLast = counter(meters, "sampled_last");
      this.ephemeral = counter(meters, "ephemeral");
    }

    private static Counter counter(MeterRegistry meters, String kind) {
      return Counter.builder("gateway.frames.dropped")
          .description("Frames not sent because the client does not keep up")
          .tag("class", kind)
          .register(meters);
    }

    @Override
    public void accept(Delivery delivery, int frames) {
      Counter counter =
          switch (delivery) {
            case Delivery.Durable _ -> durable;
            case Delivery.Latest _ -> latest;
            case Delivery.Sampled _ -> sampled;
            case Delivery.SampledLast _ -> sampledLast;
            case Delivery.Ephemeral _ -> ephemeral;
          };
      counter.increment(frames);
    }
  }

  /**
   * The frames of one importance, the oldest first. Frames with equal keys never wait together, so
   * a newer value finds the older one without a walk through the queue.
   */
  private static final class Lane {

    private record Waiting(long number, Frame frame) {}

    private final Map<Object, Waiting> waiting = new LinkedHashMap<>(4);

    /** Number of the oldest frame; {@link Long#MAX_VALUE} if none waits. */
    long oldest() {
      return waiting.isEmpty() ? Long.MAX_VALUE : first().number();
    }

    private Waiting first() {
      return waiting.values().iterator().next();
    }

    void add(Object key, Frame frame, long number) {
      waiting.put(key, new Waiting(number, frame));
    }

    @Nullable Frame remove(Object key) {
      Waiting removed = waiting.remove(key);
      return removed == null ? null : removed.frame();
    }

    Frame removeFirst() {
      Iterator<Waiting> all = waiting.values().iterator();
      Frame first = all.next().frame();
      all.remove();
      return first;
    }
  }

  // Confined to one queue, and created only for a connection that is slow.
  private final Lane lasting = new Lane();
  private final Lane ephemeral = new Lane();
  private final Lane sampled = new Lane();
  private final Lane sampledLast = new Lane();
  private final List<Lane> lanes = List.of(lasting, ephemeral, sampled, sampledLast);

  private final Bounds bounds;
  private long offered;
  private int size;
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
      case Delivery.Durable _ -> enqueue(frame, lasting);
      case Delivery.Latest latest -> replace(frame, latest);
      case Delivery.Sampled _ -> sample(frame);
      case Delivery.SampledLast _ -> enqueue(frame, sampledLast) || drop(frame);
      case Delivery.Counted counted -> addUp(frame, counted);
      case Delivery.Begins _, Delivery.Ends _ -> drop(frame);
    };
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Removes and returns the frame that has waited longest; null if none waits. */
  @Nullable Frame poll() {
    if (size == 0) {
      return null;
    }
    Lane next = lasting;
    for (Lane lane : lanes) {
      if (lane.oldest() < next.oldest()) {
        next = lane;
      }
    }
    return taken(next.removeFirst());
  }

  private Frame taken(Frame frame) {
    size--;
    bytes -= frame.json().length;
    return frame;
  }

  /** Counts a frame as dropped. */
  private boolean drop(Frame frame) {
    int lost = frame.delivery() instanceof Delivery.Counted counted ? counted.count() : 1;
    bounds.onDropped().accept(frame.delivery(), lost);
    return true;
  }

  private boolean enqueue(Frame frame, Lane lane) {
    return enqueue(frame, lane, offered);
  }

  /**
   * @param key no other frame of the lane may have it; the number of a frame is a key of its own
   */
  private boolean enqueue(Frame frame, Lane lane, Object key) {
    if (!makeRoom(frame)) {
      return false;
    }
    lane.add(key, frame, offered++);
    size++;
    bytes += frame.json().length;
    return true;
  }

  /** Queues a message of a viewer: these fill half of the queue at most, which keeps the latest. */
  private boolean sample(Frame frame) {
    while (size >= bounds.maxFrames() / 2 || bytes + frame.json().length > bounds.maxBytes() / 2) {
      if (!dropFirst(sampled)) {
        return drop(frame);
      }
    }
    return enqueue(frame, sampled);
  }

  /** Merges a waiting count with the newest into one count at the end of the queue. */
  private boolean addUp(Frame frame, Delivery.Counted counted) {
    Frame older = remove(ephemeral, counted.key());
    Frame total = frame;
    if (older != null && older.delivery() instanceof Delivery.Counted(String _, int waiting)) {
      total = withCount(frame, counted.count() + waiting);
    }
    return isFull(total) ? drop(total) : enqueue(total, ephemeral, counted.key());
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
    remove(lasting, latest);
    return enqueue(frame, lasting, latest) || drop(frame);
  }

  private @Nullable Frame remove(Lane lane, Object key) {
    Frame removed = lane.remove(key);
    return removed == null ? null : taken(removed);
  }

  private boolean isFull(Frame frame) {
    return size >= bounds.maxFrames() || bytes + frame.json().length > bounds.maxBytes();
  }

  /**
   * Drops frames that may be lost, the oldest first, until there is room. Messages of host and
   * moderators are dropped last, and only for a frame that must arrive.
   */
  private boolean makeRoom(Frame frame) {
    boolean mustArrive = frame.delivery() instanceof Delivery.Durable;
    while (isFull(frame)
        && (dropFirst(ephemeral) || dropFirst(sampled) || (mustArrive && dropFirst(sampledLast)))) {
      // The condition drops one frame.
    }
    return !isFull(frame);
  }

  /** Drops the frame of a lane that has waited longest; returns false if none waits. */
  private boolean dropFirst(Lane lane) {
    return lane.oldest() != Long.MAX_VALUE && drop(taken(lane.removeFirst()));
  }
}
