package dev.realtime.gateway.bus;

import java.util.Map;

/**
 * The messages that this instance has received on one channel since Redis confirmed its
 * subscription. Confined to the loop of the bus.
 */
final class Hearing {

  /** How many other instances are remembered; a gap of a forgotten instance goes unnoticed. */
  private static final int MAX_OTHERS = 256;

  private final Map<Long, Heard> others = new RecentlyUsed<>(MAX_OTHERS);
  // The latest message of this instance that came back; 0 for none since the last hello.
  private long echoed;
  // The latest message of this instance that reached exactly one listener; 0 for none.
  private long heardByOne;
  // Read by any thread; 0 for unknown.
  private volatile int reach;

  private record Heard(long number, long at) {}

  /** The relation of a message to the one before it of the same instance. */
  sealed interface Arrival {

    /** The message is the next one, or the first from its instance. */
    record InOrder() implements Arrival {}

    /** The message has arrived before. */
    record Repeated() implements Arrival {}

    /**
     * Messages before this one are missing.
     *
     * @param since arrival of the last message before the gap; by {@link System#nanoTime}
     */
    record AfterGap(long since) implements Arrival {}
  }

  static final Arrival IN_ORDER = new Arrival.InOrder();
  private static final Arrival REPEATED = new Arrival.Repeated();

  /** Records a message of another instance. */
  Arrival heard(BusMessage message, long now) {
    Heard last = others.get(message.instance());
    if (last != null && message.number() <= last.number()) {
      return REPEATED;
    }
    others.put(message.instance(), new Heard(message.number(), now));
    return last != null && message.previous() > last.number()
        ? new Arrival.AfterGap(last.at())
        : IN_ORDER;
  }

  /** Returns the number of the last message of another instance; 0 if none is remembered. */
  long lastOf(long instance) {
    Heard last = others.get(instance);
    return last == null ? 0 : last.number();
  }

  /**
   * Records that a message of this instance came back.
   *
   * @return whether no other instance listened when Redis delivered the message
   */
  boolean echoed(long number) {
    echoed = number;
    return number == heardByOne;
  }

  /**
   * Records how many instances a message of this instance has reached. A count of one proves that
   * no other instance listens only if the message has also come back: otherwise the one may be
   * another instance, and Redis may have dropped this instance's subscription unnoticed.
   *
   * @return whether no other instance listened when Redis delivered the message
   */
  boolean answered(long number, long heardBy) {
    reach = (int) heardBy;
    heardByOne = heardBy == 1 ? number : 0;
    return heardBy == 1 && number == echoed;
  }

  /** Returns how many instances the latest message has reached; 0 for unknown. */
  int reach() {
    return reach;
  }

  /** Discards the proof of solitude, since another instance listens now. */
  void greeted() {
    echoed = 0;
    heardByOne = 0;
  }
}
