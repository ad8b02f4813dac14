package dev.realtime.gateway.room;

import reactor.core.publisher.Mono;

/**
 * A place through which no lasting change comes until whoever holds it has brought the member what
 * it missed. It ends by {@link #goLive}, or by {@link #close}: a hold that is neither brought live
 * nor closed would leave a hole that nobody notices.
 */
public final class Hold {

  private final Place place;
  private final Mono<Long> position;
  private volatile boolean released;

  /**
   * @param position completes whether or not anybody subscribes
   */
  Hold(Place place, Mono<Long> position) {
    this.place = place;
    this.position = position;
  }

  /**
   * A place that has not been live yet is held from its beginning.
   *
   * @param position the {@code rev} of the state that the member has been, or is about to be, told
   */
  public static Hold ofEntered(Place place, long position) {
    return new Hold(place, Mono.just(position));
  }

  /** The place that is held. */
  public Place place() {
    return place;
  }

  /**
   * The {@code rev} up to which the member has been given everything; completes once nothing later
   * can reach it.
   */
  public Mono<Long> position() {
    return position;
  }

  /**
   * Lets everything above a position through, which ends the hold.
   *
   * @param from the {@code rev} up to which the member has everything by now
   * @return as {@link Place#goLive}
   */
  public Mono<Boolean> goLive(long from) {
    return place.goLive(from).doOnNext(this::released);
  }

  private void released(boolean live) {
    if (live) {
      released = true;
    }
  }

  /**
   * Gives up a hold that has not gone live: the place ends, and the member has to reconnect and
   * resume. Does nothing after the hold or the place has ended.
   */
  public void close() {
    if (!released) {
      released = true;
      place.abandon();
    }
  }
}
