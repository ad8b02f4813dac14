package dev.realtime.gateway.bus;

import dev.realtime.gateway.bus.BusMessage.Kind;
import io.lettuce.core.api.StatefulRedisConnection;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Publishes to the other instances through Redis, and numbers its messages. All commands leave on
 * one loop, so Redis receives the messages in the order of their numbers. A stall of Redis delays
 * messages and a lost connection loses them; the publisher then reports the loss to the other
 * instances.
 */
final class RedisPublisher {

  /** The channel on which every instance receives reports of losses. */
  static final String LOSSES = "bus:losses";

  /** Channels whose last number is remembered. */
  private static final int MAX_CHANNELS = 10_000;

  /** Interval at which an instance that has lost messages tries to report the loss. */
  private static final long LOOK_MILLIS = 250;

  private final long instance = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
  private final StatefulRedisConnection<String, byte[]> publishing;
  private final EventLoop loop;
  private final Answers answers;
  private final BusCounts counts;
  private final TurnEnd turnEnd;
  private final Future<?> looks;
  // Emptied in every turn of the loop; after that the connection's bound on requests applies.
  private final Queue<Outgoing> outgoing = new ConcurrentLinkedQueue<>();
  // The fields below are used on the loop only.
  private final Map<String, Long> lastNumbers = new RecentlyUsed<>(MAX_CHANNELS);
  private long numbers;
  // Start of a loss that has not been reported to the other instances; null for none.
  private @Nullable Long lossSince;

  /** Receives the outcome of messages, on the loop. */
  interface Answers {

    /** Reports that Redis has delivered a message to this number of instances. */
    void answered(String channel, BusMessage message, long heardBy);

    /** Reports a message that Redis did not receive, or whose outcome is unknown. */
    void lost(String channel, BusMessage message);
  }

  @SuppressWarnings("ArrayRecordComponent") // only ever passed on
  private record Outgoing(String channel, Kind kind, byte[] payload) {}

  RedisPublisher(
      StatefulRedisConnection<String, byte[]> publishing,
      EventLoop loop,
      Answers answers,
      BusCounts counts) {
    this.publishing = publishing;
    this.loop = loop;
    this.answers = answers;
    this.counts = counts;
    // Commands leave when they are flushed: those of one turn of the event loop in one packet.
    publishing.setAutoFlushCommands(false);
    turnEnd = new TurnEnd(loop, this::publishAll);
    looks = loop.scheduleAtFixedRate(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Returns the id that identifies this start of this instance in its messages. */
  long instance() {
    return instance;
  }

  /** Returns the channel on which an instance receives messages for it alone. */
  static String inbox(long instance) {
    return "bus:" + Long.toHexString(instance);
  }

  /** Publishes at the end of the turn; for any thread. */
  void publish(String channel, Kind kind, byte[] payload) {
    outgoing.add(new Outgoing(channel, kind, payload));
    if (!turnEnd.request()) {
      // The instance is stopping, and its loops have ended.
      outgoing.clear();
    }
  }

  void stop() {
    looks.cancel(false);
  }

  private void publishAll() {
    for (Outgoing next = outgoing.poll(); next != null; next = outgoing.poll()) {
      publishNow(next.channel, next.kind, next.payload);
    }
    publishing.flushCommands();
  }

  private void publishNow(String channel, Kind kind, byte[] payload) {
    long number = ++numbers;
    Long previous = lastNumbers.put(channel, number);
    BusMessage message =
        new BusMessage(kind, instance, number, previous == null ? 0 : previous, payload);
    long sentAt = System.nanoTime();
    counts.published.increment();
    CompletionStage<Long> answer;
    try {
      answer = publishing.async().publish(channel, message.toBytes());
    } catch (RuntimeException closed) {
      // A message under way when the instance stops is already committed: this is no failure of it.
      return;
    }
    // Owned by the connection, which completes every command: at the latest when it is lost.
    var _ =
        answer.whenComplete((heardBy, _) ->
            onLoop(() -> {
              if (heardBy == null) {
                lost(channel, message, sentAt);
              } else {
                answers.answered(channel, message, heardBy);
              }
            }));
  }

  private void onLoop(Runnable task) {
    if (loop.inEventLoop()) {
      task.run();
      return;
    }
    try {
      loop.execute(task);
    } catch (RejectedExecutionException ended) {
      // The instance has stopped, and no caller waits for the result.
    }
  }

  private void lost(String channel, BusMessage message, long sentAt) {
    switch (message.kind()) {
      case PUBLISHED, HERE -> {
        counts.lost.increment();
        missed(sentAt);
      }
      case LOSSES -> missed(sentAt - message.payloadNumber());
      case HELLO, PULSE -> {
        // Only this instance needs them.
      }
    }
    answers.lost(channel, message);
  }

  /**
   * Records a possible loss and reports it to the other instances once Redis is reachable; on the
   * loop.
   *
   * @param since start of the loss; by {@link System#nanoTime}
   */
  void missed(long since) {
    if (lossSince == null || since - lossSince < 0) {
      lossSince = since;
    }
  }

  private void look() {
    if (lossSince != null && publishing.isOpen()) {
      long ago = System.nanoTime() - lossSince;
      lossSince = null;
      publishNow(LOSSES, Kind.LOSSES, BusMessage.payloadOf(ago));
      publishing.flushCommands();
    }
  }
}
