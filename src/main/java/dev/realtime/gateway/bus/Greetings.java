package dev.realtime.gateway.bus;

import dev.realtime.gateway.bus.BusMessage.Kind;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The hellos that this instance says on shared channels once Redis has confirmed their
 * subscriptions, so that nobody who listens there goes on not publishing. A greeting is over when
 * everybody whom the hello has reached has answered. Confined to the loop of the bus.
 */
final class Greetings {

  /**
   * How long the answers are waited for. An instance that stalls gives its answer late; one that
   * has died with its machine is counted by Redis until its connection times out.
   */
  private static final long PATIENCE_MILLIS = 500;

  /** After what time a hello that was lost with its connection is said again. */
  private static final long RETRY_MILLIS = 250;

  private final RedisPublisher publisher;
  private final EventLoop loop;
  private final Ends ends;
  private final Map<String, Greeting> byChannel = new HashMap<>();
  private final Map<Long, Greeting> byHello = new HashMap<>();
  private final List<Greeting> unsaid = new ArrayList<>();
  private long hellos;

  /** Told when greetings end. */
  interface Ends {

    /** Everybody publishes on the channel from now on, or has been waited for long enough. */
    void greeted(String channel);

    /**
     * Somebody may not have published on a channel that had been taken for greeted.
     *
     * @param since from when on; by {@link System#nanoTime}
     */
    void greetedLate(String channel, long since);
  }

  private static final class Greeting {
    final String channel;
    final long since = System.nanoTime();
    long hello;
    // Those reached by the hello, this instance among them; 0 until Redis tells.
    long reached;
    // Those of them that have answered; this instance needs no answer.
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

  /** Redis has confirmed the subscription of a channel. */
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

  /** Redis has told how many instances a hello has reached; this one is among them. */
  void answered(long hello, long heardBy) {
    Greeting greeting = byHello.get(hello);
    if (greeting != null) {
      greeting.reached = Math.max(1, heardBy);
      endIfOver(greeting);
    }
  }

  /** An instance has answered a hello. */
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

  /** Redis has not got a hello, or its answer has not come. */
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

  /** The subscription of a channel ends, or Redis has been asked to end it. */
  void end(String channel) {
    Greeting greeting = byChannel.remove(channel);
    if (greeting != null) {
      byHello.remove(greeting.hello);
    }
  }

  /** The connection is lost. */
  void endAll() {
    byChannel.clear();
    byHello.clear();
  }
}
