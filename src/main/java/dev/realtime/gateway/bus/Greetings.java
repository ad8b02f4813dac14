package dev.realtime.gateway.bus;

import dev.realtime.gateway.bus.BusMessage.Kind;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The hellos that this instance publishes on shared channels once Redis has confirmed their
 * subscriptions, so that instances which believed themselves alone there publish again. A greeting
 * ends when every instance that received the hello has answered. Confined to the loop of the bus.
 */
final class Greetings {

  /**
   * Timeout of the answers. An instance that stalls answers late; Redis counts an instance whose
   * machine died until its connection times out.
   */
  private static final long PATIENCE_MILLIS = 500;

  /** Delay until a hello that was lost with its connection is published again. */
  private static final long RETRY_MILLIS = 250;

  private final RedisPublisher publisher;
  private final EventLoop loop;
  private final Ends ends;
  private final Map<String, Greeting> byChannel = new HashMap<>();
  private final Map<Long, Greeting> byHello = new HashMap<>();
  private final List<Greeting> unsaid = new ArrayList<>();
  private long hellos;

  /** Receives the ends of greetings. */
  interface Ends {

    /**
     * Reports that every instance publishes on the channel from now on, or the timeout has passed.
     */
    void greeted(String channel);

    /**
     * Reports that an instance may not have published on a channel whose greeting had ended by
     * timeout.
     *
     * @param since start of the possible gap; by {@link System#nanoTime}
     */
    void greetedLate(String channel, long since);
  }

  private static final class Greeting {
    final String channel;
    final long since = System.nanoTime();
    long hello;
    // Instances that the hello reached, including this one; 0 until Redis replies.
    long reached;
    // Instances that have answered; this one counts without an answer.
    long here = 1;
    boolean overdue;

    Greeting(String channel) {
      this.channel = channel;
    }

    boolean isOver() {
      return reached > 0 && here >= reached;
    }
  }

  Greetings(RedisPublisher publisher, EventLoop loop, Ends ends) {
    this.publisher = publisher;
    this.loop = loop;
    this.ends = ends;
  }

  /** Begins the greeting of a channel whose subscription Redis has confirmed. */
  void begin(String channel) {
    end(channel);
    Greeting greeting = new Greeting(channel);
    byChannel.put(channel, greeting);
    sayHello(greeting);
    var _ = loop.schedule(() -> overdue(greeting), PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void sayHello(Greeting greeting) {
    byHello.remove(greeting.hello);
    greeting.hello = ++hellos;
    greeting.reached = 0;
    greeting.here = 1;
    byHello.put(greeting.hello, greeting);
    publisher.publish(greeting.channel, Kind.HELLO, BusMessage.payloadOf(greeting.hello));
  }

  /** Records how many instances a hello has reached, including this one. */
  void answered(long hello, long heardBy) {
    Greeting greeting = byHello.get(hello);
    if (greeting != null) {
      greeting.reached = Math.max(1, heardBy);
      endIfOver(greeting);
    }
  }

  /** Records the answer of an instance to a hello. */
  void here(long hello) {
    Greeting greeting = byHello.get(hello);
    if (greeting != null) {
      greeting.here++;
      endIfOver(greeting);
    }
  }

  private void endIfOver(Greeting greeting) {
    if (!greeting.isOver()) {
      return;
    }
    end(greeting.channel);
    if (greeting.overdue) {
      ends.greetedLate(greeting.channel, greeting.since);
    } else {
      ends.greeted(greeting.channel);
    }
  }

  private void overdue(Greeting greeting) {
    if (isUnderWay(greeting)) {
      greeting.overdue = true;
      ends.greeted(greeting.channel);
      ends.greetedLate(greeting.channel, greeting.since);
    }
  }

  /** Schedules a hello again that Redis did not receive or did not answer. */
  void lost(long hello) {
    Greeting greeting = byHello.get(hello);
    if (greeting != null) {
      if (unsaid.isEmpty()) {
        var _ = loop.schedule(this::sayAgain, RETRY_MILLIS, TimeUnit.MILLISECONDS);
      }
      unsaid.add(greeting);
    }
  }

  private void sayAgain() {
    List<Greeting> again = List.copyOf(unsaid);
    unsaid.clear();
    again.stream().filter(this::isUnderWay).forEach(this::sayHello);
  }

  private boolean isUnderWay(Greeting greeting) {
    return greeting.equals(byChannel.get(greeting.channel));
  }

  /** Ends the greeting of a channel whose subscription ends or is about to end. */
  void end(String channel) {
    Greeting greeting = byChannel.remove(channel);
    if (greeting != null) {
      byHello.remove(greeting.hello);
    }
  }

  /** Ends all greetings after the connection is lost. */
  void endAll() {
    byChannel.clear();
    byHello.clear();
  }
}
