package dev.realtime.gateway.room;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Brings something that has to be given back to whoever asked for it. A sink whose caller gives up
 * at that very moment may drop what it is given, without a word: then it is given back here.
 */
final class Handover<T> {

  private final MonoSink<T> caller;
  private final AtomicBoolean taken;
  private final Consumer<T> giveBack;
  private volatile @Nullable T offered;
  private volatile boolean givenUp;

  private Handover(MonoSink<T> caller, AtomicBoolean taken, Consumer<T> giveBack) {
    this.caller = caller;
    this.taken = taken;
    this.giveBack = giveBack;
  }

  /**
   * Asks whenever somebody subscribes.
   *
   * @param ask has to end by {@link #offer} or {@link #fail}, whether or not the caller still waits
   * @param giveBack takes back what the caller did not take; possibly more than once
   */
  static <T> Mono<T> of(Class<T> type, Consumer<Handover<T>> ask, Consumer<T> giveBack) {
    return Mono.defer(() -> {
      AtomicBoolean taken = new AtomicBoolean();
      return Mono.<T>create(caller -> ask.accept(begin(caller, taken, giveBack)))
          .doOnNext(_ -> taken.set(true))
          .doOnDiscard(type, giveBack);
    });
  }

  private static <T> Handover<T> begin(
      MonoSink<T> caller, AtomicBoolean taken, Consumer<T> giveBack) {
    Handover<T> handover = new Handover<>(caller, taken, giveBack);
    caller.onCancel(handover::giveUp);
    return handover;
  }

  /** Gives the caller what it asked for. */
  void offer(T asked) {
    offered = asked;
    caller.success(asked);
    giveBackIfLost();
  }

  /** Tells the caller, if it still waits, that there is nothing to be had. */
  void fail(Throwable failure) {
    if (!givenUp) {
      caller.error(failure);
    }
  }

  private void giveUp() {
    givenUp = true;
    giveBackIfLost();
  }

  private void giveBackIfLost() {
    T asked = offered;
    if (givenUp && !taken.get() && asked != null) {
      giveBack.accept(asked);
    }
  }
}
