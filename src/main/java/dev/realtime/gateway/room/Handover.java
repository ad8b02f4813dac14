package dev.realtime.gateway.room;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Hands a resource that must be returned to the caller that requested it. A sink whose caller
 * cancels at that very moment may drop the resource silently; this class then returns it.
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
   * Returns a Mono that requests the resource on each subscription.
   *
   * @param ask must end with {@link #offer} or {@link #fail}, whether or not the caller still waits
   * @param giveBack receives the resource that the caller did not get; possibly more than once
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

  /** Hands the caller the resource that it requested. */
  void offer(T asked) {
    offered = asked;
    caller.success(asked);
    giveBackIfLost();
  }

  /** Fails the caller's request, if the caller still waits. */
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
