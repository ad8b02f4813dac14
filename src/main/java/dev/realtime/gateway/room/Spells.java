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
 * What goes on in a room for a while. An instance that is killed cannot end what it began, so the
 * room ends it on each instance when its time is over. Confined to the room's mailbox.
 */
final class Spells {

  /** How many may go on in one room at once; of more nobody is told. */
  static final int MOST = 256;

  /** The publisher ends it first; a second is what the bus may take. */
  static final Duration GRACE = Duration.ofSeconds(1);

  private final BiFunction<Duration, Runnable, Disposable> after;
  private final Consumer<Frame> onLapse;
  private Map<String, Disposable> going = Map.of();

  /**
   * @param after runs a task in the room's mailbox after a time
   * @param onLapse takes the frame that began one whose time is over
   */
  Spells(BiFunction<Duration, Runnable, Disposable> after, Consumer<Frame> onLapse) {
    this.after = after;
    this.onLapse = onLapse;
  }

  /** Whether members get this frame: what has ended here, or never began, does not end again. */
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

  /** One that has been renewed meanwhile has another timer. */
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

  /** Ends without a word: nobody is here any more. */
  void clear() {
    going.values().forEach(Disposable::dispose);
    going = Map.of();
  }
}
