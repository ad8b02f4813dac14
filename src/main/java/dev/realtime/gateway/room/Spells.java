package dev.realtime.gateway.room;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
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

  private final BiFunction<Duration, Runnable, Disposable> after;
  private final Consumer<Frame> onEnd;
  private Map<String, Disposable> going = Map.of();

  /**
   * @param after runs a task in the room's mailbox after a time
   * @param onEnd takes the frame that ends one whose time is over
   */
  Spells(BiFunction<Duration, Runnable, Disposable> after, Consumer<Frame> onEnd) {
    this.after = after;
    this.onEnd = onEnd;
  }

  /** Whether members get this frame: what has ended here, or never began, does not end again. */
  boolean pass(Frame frame) {
    return switch (frame.spell()) {
      case null -> true;
      case Spell.Begun begun -> begin(Objects.requireNonNull(frame.key()), frame, begun);
      case Spell.Over _ -> end(Objects.requireNonNull(frame.key()));
    };
  }

  private boolean begin(String key, Frame frame, Spell.Begun begun) {
    end(key);
    if (going.size() >= MOST) {
      return false;
    }
    if (going.isEmpty()) {
      going = new HashMap<>(2);
    }
    Disposable.Swap timer = Disposables.swap();
    going.put(key, timer);
    timer.update(after.apply(begun.lasts(), () -> lapse(key, timer, frame.ended(begun))));
    return true;
  }

  /** One that has been renewed meanwhile has another timer. */
  private void lapse(String key, Disposable timer, Frame end) {
    if (timer.equals(going.get(key))) {
      end(key);
      onEnd.accept(end);
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
