package dev.realtime.gateway.bus;

import dev.realtime.gateway.config.RedisLink;
import io.lettuce.core.api.StatefulRedisConnection;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Publishes to Redis, and to this instance alone what Redis certainly does not bring back: what was
 * never sent, and what nobody here can have heard. A message of which that is not certain is left
 * to Redis, or lost with its connection; only a lasting change is delivered here as well, because
 * the room's gate passes over its double.
 *
 * <p>A stall of Redis makes messages late, not doubled: they come once and in order when it goes
 * on. Lasting changes are delivered here after {@link RedisLink#PATIENCE}.
 *
 * <p>All of it happens on one loop, so a room is told by one thread and in order.
 */
final class RedisPublisher {

  /**
   * Where an instance says that not all of what it published may have been heard, and since when.
   */
  static final RoomId LOSSES = RoomId.cluster("losses");

  /** How often what takes too long, and what was lost, is looked for. */
  private static final long LOOK_MILLIS = 250;

  private final StatefulRedisConnection<String, byte[]> publishing;
  private final RedisListening listening;
  private final LocalRoomBus local;
  private final EventLoop loop;
  private final TurnEnd turnEnd;
  private final Future<?> looks;
  // Emptied in every turn of the loop; from there the connection's bound on requests holds.
  private final Queue<Outgoing> outgoing = new ConcurrentLinkedQueue<>();
  // Without an answer for less than patience, oldest first. On the loop only.
  private final Queue<Outgoing> fresh = new ArrayDeque<>();
  // Since when something has been published that the others may not have heard, and do not know of;
  // null for nothing. On the loop only.
  private @Nullable Long lossSince;

  /** The listening connection, as far as it matters for who can have heard a message. */
  interface RedisListening {

    /** Whether it is up. */
    boolean isOpen();

    /** How often it has been opened so far. */
    int openings();
  }

  private static final class Outgoing {
    private final RoomId room;
    private final byte[] message;
    private long sentAt;

    /** From when on others have missed something if this one is lost. */
    private long missedSince;

    private int deafSince = HEARING;
    private boolean settled;
    private boolean delivered;

    private static final int HEARING = -1;

    Outgoing(RoomId room, byte[] message) {
      this.room = room;
      this.message = message;
    }
  }

  RedisPublisher(
      StatefulRedisConnection<String, byte[]> publishing,
      RedisListening listening,
      LocalRoomBus local,
      EventLoop loop) {
    this.publishing = publishing;
    this.listening = listening;
    this.local = local;
    this.loop = loop;
    // Commands leave when they are flushed: those of one turn of the event loop in one packet.
    publishing.setAutoFlushCommands(false);
    turnEnd = new TurnEnd(loop, this::publishAll);
    looks = loop.scheduleAtFixedRate(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  void publish(RoomId room, byte[] message) {
    outgoing.add(new Outgoing(room, message));
    if (!turnEnd.request()) {
      publishHere();
    }
  }

  void stop() {
    looks.cancel(false);
  }

  /** On the loop: its commands are those of one thread, in order and without a lock to wait for. */
  private void publishAll() {
    for (Outgoing next = outgoing.poll(); next != null; next = outgoing.poll()) {
      publishNow(next);
    }
    publishing.flushCommands();
  }

  private void publishNow(Outgoing next) {
    next.sentAt = System.nanoTime();
    if (!next.room.equals(LOSSES)) {
      next.missedSince = next.sentAt;
    }
    next.deafSince = listening.isOpen() ? Outgoing.HEARING : listening.openings();
    CompletableFuture<Long> answer;
    try {
      answer = publishing.async().publish(next.room.channel(), next.message).toCompletableFuture();
    } catch (RuntimeException closed) {
      // What is under way when the instance stops has been committed: it is no failure of its own.
      deliver(next);
      return;
    }
    if (answer.isCompletedExceptionally()) {
      // Not accepted: not connected, or too many without an answer.
      lost(next);
      deliver(next);
    } else {
      fresh.add(next);
      // Owned by the connection, which completes every command: at the latest when it is lost.
      var _ = answer.whenComplete((heardBy, failure) -> onLoop(() -> answered(next, heardBy)));
    }
  }

  private void onLoop(Runnable task) {
    if (loop.inEventLoop()) {
      task.run();
      return;
    }
    try {
      loop.execute(task);
    } catch (RejectedExecutionException ended) {
      // The instance has stopped, and its connections with it: nobody is here to be told.
      task.run();
    }
  }

  /**
   * @param heardBy how many instances heard it; null when the connection was lost before the answer
   */
  private void answered(Outgoing message, @Nullable Long heardBy) {
    message.settled = true;
    while (!fresh.isEmpty() && fresh.element().settled) {
      fresh.remove();
    }
    if (heardBy == null) {
      lost(message);
    }
    if (heardBy == null ? lasts(message) : heardBy == 0 || wasDeaf(message)) {
      deliver(message);
    }
  }

  private void lost(Outgoing message) {
    if (lossSince == null || message.missedSince - lossSince < 0) {
      lossSince = message.missedSince;
    }
  }

  private void look() {
    deliverOverdue();
    if (lossSince != null && publishing.isOpen()) {
      tellLosses(lossSince);
      publishing.flushCommands();
    }
  }

  /** Whoever listens learns that it has missed something; a notice that is lost is sent again. */
  private void tellLosses(long since) {
    lossSince = null;
    long ago = System.nanoTime() - since;
    Outgoing notice = new Outgoing(LOSSES, ByteBuffer.allocate(Long.BYTES).putLong(ago).array());
    notice.missedSince = since;
    publishNow(notice);
  }

  private static boolean lasts(Outgoing message) {
    return revOf(message.message) > 0;
  }

  /** The rev behind the version, a length and a zero, of what lasts; 0 for anything else. */
  private static long revOf(byte[] message) {
    return message.length > 14 && message[0] == 1 && message[5] == 0
        ? ByteBuffer.wrap(message).getLong(6)
        : 0;
  }

  /** Whether the listening connection was down all the time from sending to answer. */
  private boolean wasDeaf(Outgoing message) {
    return message.deafSince == listening.openings() && !listening.isOpen();
  }

  private void deliver(Outgoing message) {
    if (!message.delivered) {
      message.delivered = true;
      local.publish(message.room, message.message);
    }
  }

  private void deliverOverdue() {
    long overdue = System.nanoTime() - RedisLink.PATIENCE.toNanos();
    while (!fresh.isEmpty() && (fresh.element().settled || fresh.element().sentAt - overdue < 0)) {
      Outgoing message = fresh.remove();
      if (!message.settled && lasts(message)) {
        deliver(message);
      }
    }
  }

  /** The instance is stopping, and its loops have ended. */
  private void publishHere() {
    for (Outgoing next = outgoing.poll(); next != null; next = outgoing.poll()) {
      local.publish(next.room, next.message);
    }
  }
}
