package dev.realtime.gateway.room;

import dev.realtime.gateway.protocol.Delivery;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import reactor.core.Disposable;
import reactor.core.Disposables;

/**
 * The states under way in a room, each of which expires. A killed instance cannot end the states it
 * started, so the room ends them on each instance when they expire. Confined to the room's mailbox.
 */
final class Spells {

  /** Maximum number of states in one room at once; members receive no further ones. */
  static final int MOST = 256;

  /**
   * Delay after the expiry: the publisher should end the state first, and the bus may take a
   * second.
   */
  static final Duration GRACE = Duration.ofSeconds(1);

  private final BiFunction<Duration, Runnable, Disposable> after;
  private final Consumer<Frame> onLapse;
  private Map<String, Disposable> going = Map.of();

  /**
   * @param after runs a task in the room's mailbox after a time
   * @param onLapse receives the frame that started an expired state
   */
  Spells(BiFunction<Duration, Runnable, Disposable> after, Consumer<Frame> onLapse) {
    this.after = after;
    this.onLapse = onLapse;
  }

  /**
   * Returns whether members receive this frame: a state that never started here, or has ended, does
   * not end again.
   */
  boolean pass(Frame frame) {
    return switch (frame.delivery()) {
      case Delivery.Begins(String key, Duration lasts) -> begin(key, frame, lasts);
      case Delivery.Ends(String key) -> end(key);
      default -> true;
    };
  }

  private boolean begin(String key, Frame frame, Duration lasts) {
    end(key);
    if (going.size() >= MOST) {
      return false;
    }
    if (going.isEmpty()) {
      going = new HashMap<>(2);
    }
    Disposable.Swap timer = Disposables.swap();
    going.put(key, timer);
    timer.update(after.apply(lasts.plus(GRACE), () -> lapse(key, timer, frame)));
    return true;
  }

  /** Ends an expired state, unless it was renewed meanwhile and has another timer. */
  private void lapse(String key, Disposable timer, Frame begun) {
    if (timer.equals(going.get(key))) {
      end(key);
      onLapse.accept(begun);
    }
  }

  private boolean end(String key) {
    Disposable timer = going.isEmpty() ? null : going.remove(key);
    if (timer == null) {
      return false;
    }
    timer.dispose();
    if (going.isEmpty()) {
      going = Map.of();
    }
    return true;
  }

  /** Ends all states without an event, since the room has no members any more. */
  void clear() {
    going.values().forEach(Disposable::dispose);
    going = Map.of();
  }
}
