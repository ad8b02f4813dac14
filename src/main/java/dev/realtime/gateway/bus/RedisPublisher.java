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

  /** The channel on which every instance receives what concerns all instances, itself included. */
  static final String INSTANCES = "bus:instances";

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
  private final SentMessages sent = new SentMessages();
  private long numbers;
  // The previous number on the channel of all instances, which must never be forgotten.
  private long lastToAll;
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
  private record Outgoing(String channel, Kind kind, boolean recorded, byte[] payload) {}

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

  BusCounts counts() {
    return counts;
  }

  /** Publishes a message of a room at the end of the turn; for any thread. */
  void publish(RoomId room, RoomBus.Message message) {
    publish(new Outgoing(room.channel(), Kind.PUBLISHED, message.isRecorded(), message.toBytes()));
  }

  /** Publishes a message between instances at the end of the turn; for any thread. */
  void publish(String channel, Kind kind, byte[] payload) {
    publish(new Outgoing(channel, kind, false, payload));
  }

  private void publish(Outgoing message) {
    outgoing.add(message);
    if (!turnEnd.request()) {
      // The instance is stopping, and its loops have ended.
      outgoing.clear();
    }
  }

  void stop() {
    looks.cancel(false);
  }

  /**
   * Publishes at once, on the loop: what waits, a report of the recorded messages sent since the
   * last beat, and a beat. Redis executes them in this order, so an instance that hears the report
   * has heard the messages, or never will.
   *
   * @return false if the connection is down; the report then waits for the next beat
   */
  boolean beat(byte[] payload) {
    if (!publishing.isOpen()) {
      return false;
    }
    sendAll();
    report();
    publishNow(INSTANCES, Kind.BEAT, payload);
    publishing.flushCommands();
    return true;
  }

  private void report() {
    sent.takeReports().forEach(report -> publishNow(INSTANCES, Kind.SENT, report));
  }

  private void publishAll() {
    sendAll();
    publishing.flushCommands();
  }

  private void sendAll() {
    for (Outgoing next = outgoing.poll(); next != null; next = outgoing.poll()) {
      long number = publishNow(next.channel, next.kind, next.payload);
      if (next.recorded) {
        note(next.channel, number);
      }
    }
  }

  /** Notes a recorded message for the next report, whether or not Redis receives the message. */
  private void note(String channel, long number) {
    if (sent.add(channel, number)) {
      return;
    }
    if (publishing.isOpen()) {
      report();
    } else {
      // Too many for a report: the other instances compare all their rooms.
      missed(sent.since());
      sent.clear();
    }
    sent.add(channel, number);
  }

  /**
   * Returns the number of the message. A message that Redis does not receive has one too, so the
   * others notice that it is missing.
   */
  private long publishNow(String channel, Kind kind, byte[] payload) {
    long number = ++numbers;
    BusMessage message = new BusMessage(kind, instance, number, previous(channel, number), payload);
    if (!channel.equals(INSTANCES)) {
      counts.published.increment();
    }
    CompletionStage<Long> answer;
    try {
      answer = publishing.async().publish(channel, message.toBytes());
    } catch (RuntimeException closed) {
      // A message under way when the instance stops is already committed: this is no failure of it.
      return number;
    }
    // Owned by the connection, which completes every command: at the latest when it is lost.
    var _ =
        answer.whenComplete((heardBy, _) ->
            onLoop(() -> {
              if (heardBy == null) {
                lost(channel, message);
              } else {
                answers.answered(channel, message, heardBy);
              }
            }));
    return number;
  }

  private long previous(String channel, long number) {
    if (channel.equals(INSTANCES)) {
      long previous = lastToAll;
      lastToAll = number;
      return previous;
    }
    Long previous = lastNumbers.put(channel, number);
    return previous == null ? 0 : previous;
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

  private void lost(String channel, BusMessage message) {
    if (message.kind() == Kind.PUBLISHED || message.kind() == Kind.HERE) {
      counts.lost.increment();
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
      publishNow(INSTANCES, Kind.LOSSES, BusMessage.payloadOf(ago));
      publishing.flushCommands();
    }
  }
}
