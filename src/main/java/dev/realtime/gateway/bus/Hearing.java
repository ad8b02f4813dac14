package dev.realtime.gateway.bus;

import java.util.Map;

/**
 * What this instance has heard on one channel since Redis confirmed its subscription. Confined to
 * the loop of the bus.
 */
final class Hearing {

  /** How many other instances are remembered; of one that is forgotten no gap is noticed. */
  private static final int MAX_OTHERS = 256;

  private final Map<Long, Heard> others = new RecentlyUsed<>(MAX_OTHERS);
  // The latest message of this instance that came back; 0 for none since the last hello.
  private long echoed;
  // The latest message of this instance that one listener alone has got; 0 for none.
  private long heardByOne;

  private record Heard(long number, long at) {}

  /** How a message follows the one before it of the same instance. */
  sealed interface Arrival {

    /** It is the next, or the first that is heard. */
    record InOrder() implements Arrival {}

    /** It has come before. */
    record Repeated() implements Arrival {}

    /**
     * Messages before it are missing.
     *
     * @param since when the last one before them came; by {@link System#nanoTime}
     */
    record AfterGap(long since) implements Arrival {}
  }

  static final Arrival IN_ORDER = new Arrival.InOrder();
  private static final Arrival REPEATED = new Arrival.Repeated();

  /** Another instance's message has come. */
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

  /**
   * A message of this instance has come back.
   *
   * @return whether no other instance listened when Redis brought it
   */
  boolean echoed(long number) {
    echoed = number;
    return number == heardByOne;
  }

  /**
   * Redis has told how many instances a message of this instance has reached. That it was one
   * proves that no other instance listens only if the message has also come back: the one might be
   * another instance, while Redis has dropped this one's subscription unnoticed.
   *
   * @return whether no other instance listened when Redis brought it
   */
  boolean answered(long number, long heardBy) {
    heardByOne = heardBy == 1 ? number : 0;
    return heardBy == 1 && number == echoed;
  }

  /** Another instance listens now: what came back before proves nothing any more. */
  void greeted() {
    echoed = 0;
    heardByOne = 0;
  }
}
