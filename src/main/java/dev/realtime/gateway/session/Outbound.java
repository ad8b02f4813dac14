package dev.realtime.gateway.session;

import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The output of one connection: frames go straight to the channel while it is writable, and wait in
 * one bounded queue while it is not. Confined to the connection's event loop.
 *
 * <p>Frames are written below the WebSocket encoder, header included, so that one copy of the bytes
 * serves all members of a room.
 */
final class Outbound {

  /** Pings whose pongs may be outstanding; a client that answers none costs no more memory. */
  private static final int UNANSWERED_PINGS = 1_024;

  private final ChannelHandlerContext encoder;
  private final OutboundQueue.Bounds bounds;
  private @Nullable OutboundQueue queue;
  private @Nullable Queue<Runnable> waiters;

  /** Revs of the frames whose pings have no pong yet, in the order they were written. */
  private @Nullable Deque<Long> unanswered;

  private boolean dirty;
  private boolean refused;

  /**
   * @param encoder the context of the WebSocket encoder; writes through it bypass the encoder
   * @param bounds the bounds of the queue
   */
  Outbound(ChannelHandlerContext encoder, OutboundQueue.Bounds bounds) {
    this.encoder = encoder;
    this.bounds = bounds;
  }

  Channel channel() {
    return encoder.channel();
  }

  /**
   * Writes or queues frames. After a refusal it sends no frame any more: a later frame that fits
   * would hide the hole from the client, which resumes after the last frame it received.
   *
   * @param wire the frames' bytes one after the other, owned by the caller
   * @return false if the queue has no room for a frame that must arrive: the connection must be
   *     closed
   */
  boolean offer(List<Frame> frames, ByteBuf wire) {
    if (refused) {
      return false;
    }
    if (takesMore()) {
      write(wire.retainedDuplicate());
      for (Frame frame : frames) {
        notePing(frame);
      }
      return true;
    }
    for (Frame frame : frames) {
      if (!hold(frame)) {
        return refuse();
      }
    }
    return true;
  }

  /** Writes or queues one frame, as {@link #offer(List, ByteBuf)} does with several. */
  boolean offer(Frame frame) {
    if (refused) {
      return false;
    }
    if (frame.saysNothing()) {
      return true;
    }
    if (takesMore()) {
      write(frame);
      return true;
    }
    return hold(frame) || refuse();
  }

  /** Refuses all frames from now on; the close itself is a later task of the loop. */
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

  private void write(Frame frame) {
    write(WireFormat.encode(frame, encoder.alloc()));
    notePing(frame);
  }

  /** Remembers a ping that was written behind a frame; of too many the oldest is forgotten. */
  private void notePing(Frame frame) {
    if (!frame.wantsReceipt()) {
      return;
    }
    if (unanswered == null) {
      unanswered = new ArrayDeque<>(2);
    }
    if (unanswered.size() == UNANSWERED_PINGS) {
      unanswered.remove();
    }
    unanswered.add(frame.rev());
  }

  /**
   * Takes a pong. A client may answer only the latest of several pings (RFC 6455, section 5.5.3),
   * so that a pong confirms every frame before its own as well.
   *
   * @return revs of the frames that it confirms; empty for a pong that answers no ping, or one that
   *     has been answered
   */
  List<Long> confirm(long rev) {
    if (unanswered == null || !unanswered.contains(rev)) {
      return List.of();
    }
    List<Long> confirmed = new ArrayList<>(1);
    long next;
    do {
      next = unanswered.remove();
      confirmed.add(next);
    } while (next != rev);
    if (unanswered.isEmpty()) {
      unanswered = null;
    }
    return confirmed;
  }

  /**
   * Writes the bytes of an encoded frame before any waiting frame; takes ownership of the buffer.
   */
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

  /** Returns whether a frame would go straight to the channel. */
  private boolean isOpen() {
    return (queue == null || queue.isEmpty()) && encoder.channel().isWritable();
  }

  /**
   * Flushes and returns whether the channel is open, so that a turn which writes much to one
   * connection does not treat it as slow.
   */
  private boolean isOpenOnceFlushed() {
    encoder.flush();
    return isOpen();
  }

  /** Sends waiting frames, as many as the channel accepts, after a change of its writability. */
  void writabilityChanged() {
    Channel channel = encoder.channel();
    while (queue != null && channel.isWritable()) {
      Frame next = queue.poll();
      if (next == null) {
        queue = null;
      } else {
        write(next);
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

  /** Runs a task once a frame would go straight to the channel; tasks run in order of arrival. */
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

  /** Drops waiting frames and runs waiting tasks, because the connection ends. */
  void discard() {
    queue = null;
    Queue<Runnable> left = waiters;
    waiters = null;
    if (left != null) {
      left.forEach(Runnable::run);
    }
  }
}
