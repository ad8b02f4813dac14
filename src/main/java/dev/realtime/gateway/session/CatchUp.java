package dev.realtime.gateway.session;

import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.Hold;
import dev.realtime.gateway.room.Place;
import dev.realtime.gateway.room.RoomLog;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Takes one connection from a position to live delivery: while the room is further, the changes in
 * between are read from the log page by page, no faster than the socket takes them.
 */
public final class CatchUp {

  private final RoomLog log;
  private final Connection connection;
  private final Hold hold;
  private final AtomicLong position;
  private final AtomicBoolean done = new AtomicBoolean();

  /** Brings a place live that the connection has just taken, from the state it is told. */
  public CatchUp(RoomLog log, Connection connection, Place entered, long position) {
    this(log, connection, Hold.ofEntered(entered, position), position);
  }

  private CatchUp(RoomLog log, Connection connection, Hold hold, long position) {
    this.log = log;
    this.connection = connection;
    this.hold = hold;
    this.position = new AtomicLong(position);
  }

  /** Holds a live place, to bring it live again from where it is then. */
  public static Mono<CatchUp> holding(RoomLog log, Connection connection, Place place) {
    return Mono.defer(() -> {
      Hold hold = place.hold();
      return hold.position()
          .map(position -> new CatchUp(log, connection, hold, position))
          .doOnCancel(hold::close);
    });
  }

  /**
   * Completes when the connection is live in the room, or no longer in it. Where that fails or is
   * cancelled, the place is given up, and the connection has to resume.
   */
  public Mono<Void> run() {
    return Mono.defer(this::step).repeat(() -> !done.get()).then().doFinally(_ -> close());
  }

  /** Gives the place up unless it is live; does nothing after {@link #run} has completed. */
  public void close() {
    hold.close();
  }

  /** The place that goes live. */
  public Place place() {
    return hold.place();
  }

  /**
   * Sends what the log has up to a {@code rev} and nothing above it, to a place that is held.
   * Completes when that is on its way, or the connection is no longer in the room.
   */
  public Mono<Void> upTo(long goal) {
    return Mono.defer(() -> sendUpTo(goal))
        .repeat(() -> position.get() < goal && !place().isEnded())
        .then()
        .doOnCancel(this::close);
  }

  private Mono<Void> sendUpTo(long goal) {
    if (position.get() >= goal) {
      return Mono.empty();
    }
    return log.changesAfter(place().roomId(), position.get())
        .filter(frame -> frame.rev() <= goal)
        .collectList()
        .flatMap(page -> {
          if (page.isEmpty()) {
            // The log no longer holds what was missed: the state that is told says it.
            position.set(goal);
          }
          return send(page);
        });
  }

  private Mono<Void> step() {
    return hold.goLive(position.get())
        .flatMap(live -> {
          done.set(live || place().isEnded());
          return done.get() ? Mono.empty() : sendPage();
        });
  }

  private Mono<Void> sendPage() {
    return log.changesAfter(place().roomId(), position.get())
        .collectList()
        .flatMap(page -> page.isEmpty() ? skip() : send(page));
  }

  /**
   * The log no longer holds the changes we missed, so jump to the room's current rev. That is read
   * first, and the log once more after it: what was committed in between is above it, or seen.
   */
  private Mono<Void> skip() {
    return log.positions(List.of(place().roomId()))
        .map(positions -> positions.getOrDefault(place().roomId(), Long.MAX_VALUE))
        .flatMap(last ->
            log.changesAfter(place().roomId(), position.get())
                .collectList()
                .flatMap(page -> page.isEmpty() ? skipTo(last) : send(page)));
  }

  /** A turn without progress would be followed by the same one, for ever. */
  private Mono<Void> skipTo(long last) {
    if (last > position.get()) {
      position.set(last);
      return Mono.empty();
    }
    return place().compareWithLog().then(Mono.error(this::contradiction));
  }

  private IllegalStateException contradiction() {
    return new IllegalStateException(
        place().roomId() + " has passed more than rev " + position.get() + ", its log has not");
  }

  private Mono<Void> send(List<Frame> page) {
    return Flux.fromIterable(page)
        .takeWhile(_ -> !place().isEnded())
        .concatMap(this::send, 1)
        .then();
  }

  private Mono<Void> send(Frame frame) {
    if (frame.beginsAnew()) {
      return Mono.error(
          new IllegalStateException(place().roomId() + " was made again, at " + frame.rev()));
    }
    position.set(frame.rev());
    return connection
        .paced(frame, () -> !place().isEnded())
        .then(Mono.fromRunnable(() -> leaveIfEvictedBy(frame)));
  }

  /** On the event loop, in one go with the sending: nothing else comes between. */
  private void leaveIfEvictedBy(Frame frame) {
    if (frame.evicts(connection) && frame.rev() > place().asOf()) {
      connection.rooms().leave(place());
    }
  }
}
