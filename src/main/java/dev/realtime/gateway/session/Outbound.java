package dev.realtime.gateway.session;

import dev.realtime.gateway.room.DeliveryClass;
import dev.realtime.gateway.room.Frame;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.function.ObjIntConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The way out of one connection: frames go straight to the channel while it takes them, and wait in
 * one bounded queue while it does not. Confined to the connection's event loop.
 *
 * <p>Frames are written below the WebSocket encoder, header included, so that one copy of the bytes
 * serves all members of a room.
 */
final class Outbound {

  private final ChannelHandlerContext encoder;
  private final int maxFrames;
  private final int maxBytes;
  private final ObjIntConsumer<DeliveryClass> onDropped;
  private @Nullable Deque<Frame> queue;
  private @Nullable Queue<Runnable> waiters;
  private int queuedBytes;
  private boolean dirty;
  private boolean refused;

  /**
   * @param encoder the context of the WebSocket encoder; what is written there passes below it
   * @param maxFrames frames that may wait
   * @param maxBytes bytes that may wait, besides what Netty's own buffer holds (64 KiB)
   * @param onDropped told how many frames of which class were dropped because the client is slow
   */
  Outbound(
      ChannelHandlerContext encoder,
      int maxFrames,
      int maxBytes,
      ObjIntConsumer<DeliveryClass> onDropped) {
    this.encoder = encoder;
    this.maxFrames = maxFrames;
    this.maxBytes = maxBytes;
    this.onDropped = onDropped;
  }

  /**
   * Takes frames. After a refusal it sends no frame any more: a later one that fits would hide the
   * hole from the client, which resumes after the last frame it got.
   *
   * @param wire their bytes one after the other, owned by the caller
   * @return false if a frame that must arrive has no room: the connection must be closed
   */
  boolean offer(List<Frame> frames, ByteBuf wire) {
    if (refused) {
      return false;
    }
    if (takesMore()) {
      write(wire.retainedDuplicate());
      return true;
    }
    for (Frame frame : frames) {
      if (!hold(frame)) {
        return refuse();
      }
    }
    return true;
  }

  /** Takes one frame, as {@link #offer(List, ByteBuf)} takes several. */
  boolean offer(Frame frame) {
    if (refused) {
      return false;
    }
    if (frame.saysNothing()) {
      return true;
    }
    if (takesMore()) {
      write(frame.toWire(encoder.alloc()));
      return true;
    }
    return hold(frame) || refuse();
  }

  /** Decided here and now: the close itself is a later task of the loop. */
  private boolean refuse() {
    refused = true;
    queue = null;
    queuedBytes = 0;
    return false;
  }

  private boolean takesMore() {
    return isOpen() || (dirty && isOpenOnceFlushed());
  }

  private boolean hold(Frame frame) {
    return frame.saysNothing() || holdByClass(frame);
  }

  private boolean holdByClass(Frame frame) {
    return switch (frame.delivery()) {
      case DURABLE -> enqueue(frame);
      case LATEST -> replace(frame);
      case SAMPLED -> sample(frame);
      case SAMPLED_LAST -> enqueue(frame) || drop(frame);
      case EPHEMERAL -> frame.sum() == null ? drop(frame) : addUp(frame);
    };
  }

  /** What may be lost is lost, and counted. */
  private boolean drop(Frame frame) {
    Frame.Sum sum = frame.sum();
    onDropped.accept(frame.delivery(), sum == null ? 1 : sum.count());
    return true;
  }

  /** Writes bytes that are a frame already, before anything that waits; takes the buffer over. */
  void write(ByteBuf wire) {
    var _ = encoder.write(wire, encoder.voidPromise());
    if (!dirty) {
      dirty = true;
      LoopFlusher.of(encoder).add(this);
    }
  }

  void flush() {
    dirty = false;
    encoder.flush();
  }

  /** Whether a frame would go straight to the channel. */
  private boolean isOpen() {
    return queued() == 0 && encoder.channel().isWritable();
  }

  /** A turn that writes much to one connection must not take it for a slow one. */
  private boolean isOpenOnceFlushed() {
    encoder.flush();
    return isOpen();
  }

  private int queued() {
    return queue == null ? 0 : queue.size();
  }

  private boolean enqueue(Frame frame) {
    if (!makeRoom(frame)) {
      return false;
    }
    if (queue == null) {
      queue = new ArrayDeque<>();
    }
    queue.add(frame);
    queuedBytes += frame.json().length;
    return true;
  }

  /** Viewers' words fill half of the queue at most; of those the latest are kept. */
  private boolean sample(Frame frame) {
    while (queued() >= maxFrames / 2 || queuedBytes + frame.json().length > maxBytes / 2) {
      if (!dropFirst(DeliveryClass.SAMPLED)) {
        return drop(frame);
      }
    }
    return enqueue(frame);
  }

  /** Counts that wait become one count. */
  private boolean addUp(Frame frame) {
    Frame total = frame;
    if (queue != null) {
      for (Frame waiting : queue) {
        if (waiting.sum() != null && Objects.equals(waiting.key(), frame.key())) {
          total = frame.plus(waiting);
        }
      }
    }
    dropIf(waiting -> waiting.sum() != null && Objects.equals(waiting.key(), frame.key()));
    return isFull(total) ? drop(total) : enqueue(total);
  }

  /** The newest goes to the end: it may be about something that waits before it. */
  private boolean replace(Frame frame) {
    dropIf(waiting -> waiting.key() != null && waiting.key().equals(frame.key()));
    return enqueue(frame) || drop(frame);
  }

  private boolean isFull(Frame frame) {
    return queued() >= maxFrames || queuedBytes + frame.json().length > maxBytes;
  }

  /**
   * What may be lost goes, the oldest first, until there is room. The words of host and moderators
   * go only where nothing else is left, and only for what must arrive.
   */
  private boolean makeRoom(Frame frame) {
    boolean mustArrive = frame.delivery() == DeliveryClass.DURABLE;
    while (isFull(frame)
        && (dropFirst(DeliveryClass.EPHEMERAL)
            || dropFirst(DeliveryClass.SAMPLED)
            || (mustArrive && dropFirst(DeliveryClass.SAMPLED_LAST)))) {
      // One less.
    }
    return !isFull(frame);
  }

  /** Drops the one that has waited longest; false if none of the class waits. */
  private boolean dropFirst(DeliveryClass delivery) {
    if (queue != null) {
      for (Iterator<Frame> waiting = queue.iterator(); waiting.hasNext(); ) {
        Frame frame = waiting.next();
        if (frame.delivery() == delivery) {
          waiting.remove();
          queuedBytes -= frame.json().length;
          return drop(frame);
        }
      }
    }
    return false;
  }

  private void dropIf(Predicate<Frame> unwanted) {
    if (queue != null && queue.removeIf(unwanted)) {
      queuedBytes = queue.stream().mapToInt(waiting -> waiting.json().length).sum();
    }
  }

  /** The channel takes more, or less: sends what waits as far as it goes. */
  void writabilityChanged() {
    Channel channel = encoder.channel();
    while (queue != null && channel.isWritable()) {
      Frame next = queue.poll();
      if (next == null) {
        queue = null;
      } else {
        queuedBytes -= next.json().length;
        write(next.toWire(encoder.alloc()));
      }
    }
    while (waiters != null && isOpen()) {
      Runnable waiter = waiters.poll();
      if (waiter == null) {
        waiters = null;
      } else {
        waiter.run();
      }
    }
  }

  /** Runs a task once a frame would go straight to the channel; in the order they came. */
  void whenOpen(Runnable task) {
    if (waiters == null && isOpen()) {
      task.run();
      return;
    }
    if (waiters == null) {
      waiters = new ArrayDeque<>();
    }
    waiters.add(task);
  }

  /** Drops what waits and lets go of who waits: the connection ends. */
  void discard() {
    queue = null;
    queuedBytes = 0;
    Queue<Runnable> left = waiters;
    waiters = null;
    if (left != null) {
      left.forEach(Runnable::run);
    }
  }
}
