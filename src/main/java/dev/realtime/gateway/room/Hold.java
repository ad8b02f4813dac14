package dev.realtime.gateway.room;

import reactor.core.publisher.Mono;

/**
 * A place that lets no lasting change through until its holder has sent the member the changes it
 * missed. It ends by {@link #goLive} or {@link #close}: a hold that ends in neither way would leave
 * an unnoticed hole.
 */
public final class Hold {

  private final Place place;
  private final Mono<Long> position;
  private volatile boolean released;

  /**
   * @param position completes whether or not a subscriber exists
   */
  Hold(Place place, Mono<Long> position) {
    this.place = place;
    this.position = position;
  }

  /**
   * Returns the hold of a place that has not been live yet.
   *
   * @param position the {@code rev} of the state that the member has received, or is about to
   *     receive
   */
  public static Hold ofEntered(Place place, long position) {
    return new Hold(place, Mono.just(position));
  }

  /** Returns the place that is held. */
  public Place place() {
    return place;
  }

  /**
   * Returns the {@code rev} up to which the member has received every change; completes once no
   * later change can reach the member.
   */
  public Mono<Long> position() {
    return position;
  }

  /**
   * Lets every change above a rev through, which ends the hold.
   *
   * @param from the {@code rev} up to which the member now has every change
   * @return the result of {@link Place#goLive}
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
   * Abandons a hold that has not gone live: the place ends, and the member must reconnect and
   * resume. Does nothing after the hold or the place has ended.
   */
  public void close() {
    if (!released) {
      released = true;
      place.abandon();
    }
  }
}
