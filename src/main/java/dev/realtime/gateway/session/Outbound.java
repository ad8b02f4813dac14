package dev.realtime.gateway.session;

import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
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
  private final OutboundQueue.Bounds bounds;
  private @Nullable OutboundQueue queue;
  private @Nullable Queue<Runnable> waiters;
  private boolean dirty;
  private boolean refused;

  /**
   * @param encoder the context of the WebSocket encoder; what is written there passes below it
   * @param bounds of what may wait
   */
  Outbound(ChannelHandlerContext encoder, OutboundQueue.Bounds bounds) {
    this.encoder = encoder;
    this.bounds = bounds;
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
      write(WireFormat.encode(frame, encoder.alloc()));
      return true;
    }
    return hold(frame) || refuse();
  }

  /** Decided here and now: the close itself is a later task of the loop. */
  private boolean refuse() {
    refused = true;
    queue = null;
    return false;
  }

  private boolean takesMore() {
    return isOpen() || (dirty && isOpenOnceFlushed());
  }

  private boolean hold(Frame frame) {
    if (frame.saysNothing()) {
      return true;
    }
    if (queue == null) {
      queue = new OutboundQueue(bounds);
    }
    return queue.offer(frame);
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
    return (queue == null || queue.isEmpty()) && encoder.channel().isWritable();
  }

  /** A turn that writes much to one connection must not take it for a slow one. */
  private boolean isOpenOnceFlushed() {
    encoder.flush();
    return isOpen();
  }

  /** The channel takes more, or less: sends what waits as far as it goes. */
  void writabilityChanged() {
    Channel channel = encoder.channel();
    while (queue != null && channel.isWritable()) {
      Frame next = queue.poll();
      if (next == null) {
        queue = null;
      } else {
        write(WireFormat.encode(next, encoder.alloc()));
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
    Queue<Runnable> left = waiters;
    waiters = null;
    if (left != null) {
      left.forEach(Runnable::run);
    }
  }
}
