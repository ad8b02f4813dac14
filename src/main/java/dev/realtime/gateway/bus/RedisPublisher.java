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
 * Publishes to the other instances through Redis, and numbers what it publishes. All commands leave
 * on one loop, so the numbers have the order in which Redis gets the messages. A stall of Redis
 * makes messages late, and a lost connection loses them: the other instances are then told that
 * they have missed something.
 */
final class RedisPublisher {

  /** Where all instances hear of losses. */
  static final String LOSSES = "bus:losses";

  /** Of how many channels the last number is remembered. */
  private static final int MAX_CHANNELS = 10_000;

  /** How often an instance that has lost messages tries to tell the others. */
  private static final long LOOK_MILLIS = 250;

  private final long instance = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
  private final StatefulRedisConnection<String, byte[]> publishing;
  private final EventLoop loop;
  private final Answers answers;
  private final BusCounts counts;
  private final TurnEnd turnEnd;
  private final Future<?> looks;
  // Emptied in every turn of the loop; from there the connection's bound on requests holds.
  private final Queue<Outgoing> outgoing = new ConcurrentLinkedQueue<>();
  // Below: on the loop only.
  private final Map<String, Long> lastNumbers = new RecentlyUsed<>(MAX_CHANNELS);
  private long numbers;
  // Since when the others may have missed something without knowing; null for nothing.
  private @Nullable Long lossSince;

  /** Told on the loop what has become of messages. */
  interface Answers {

    /** Redis has brought a message to so many instances. */
    void answered(String channel, BusMessage message, long heardBy);

    /** Redis has not got a message, or has, and nobody knows. */
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

  /** What this start of this instance signs its messages with. */
  long instance() {
    return instance;
  }

  /** Where an instance hears what is for it alone. */
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
      // What is under way when the instance stops has been committed: it is no failure of its own.
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
      // The instance has stopped: nobody is here to be told.
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
        // Nobody misses them but this instance.
      }
    }
    answers.lost(channel, message);
  }

  /**
   * The others may have missed something, and are told so as soon as Redis can be reached; on the
   * loop.
   *
   * @param since from when on; by {@link System#nanoTime}
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
