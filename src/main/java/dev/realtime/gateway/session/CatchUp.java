package dev.realtime.gateway.session;

import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.Hold;
import dev.realtime.gateway.room.Place;
import dev.realtime.gateway.room.RoomLog;
import dev.realtime.gateway.store.Database.Purpose;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Brings one connection from a rev to live delivery: while the room is further, it reads the missed
 * changes from the log page by page, no faster than the socket takes them.
 */
public final class CatchUp {

  private final RoomLog log;
  private final Connection connection;
  private final Hold hold;
  private final AtomicLong position;
  private final AtomicBoolean done = new AtomicBoolean();

  /**
   * Creates the catch-up of a place that the connection has just entered, from the state it
   * receives.
   */
  public CatchUp(RoomLog log, Connection connection, Place entered, long position) {
    this(log, connection, Hold.ofEntered(entered, position), position);
  }

  private CatchUp(RoomLog log, Connection connection, Hold hold, long position) {
    this.log = log;
    this.connection = connection;
    this.hold = hold;
    this.position = new AtomicLong(position);
  }

  /** Holds a live place, and returns its catch-up from the rev at which the hold began. */
  public static Mono<CatchUp> holding(RoomLog log, Connection connection, Place place) {
    return Mono.defer(() -> {
      Hold hold = place.hold();
      return hold.position()
          .map(position -> new CatchUp(log, connection, hold, position))
          .doOnCancel(hold::close);
    });
  }

  /**
   * Completes when the connection is live in the room, or no longer in it. On failure or
   * cancellation the place is abandoned, and the connection must resume.
   */
  public Mono<Void> run() {
    return Mono.defer(this::step).repeat(() -> !done.get()).then().doFinally(_ -> close());
  }

  /** Abandons the place unless it is live; does nothing after {@link #run} has completed. */
  public void close() {
    hold.close();
  }

  /** Returns the place that goes live. */
  public Place place() {
    return hold.place();
  }

  /**
   * Sends the changes that the log has up to a {@code rev}, and none above it, to a held place.
   * Completes when they are on their way, or the connection is no longer in the room.
   */
  public Mono<Void> upTo(long goal) {
    return Mono.defer(() -> sendUpTo(goal))
        .repeat(() -> position.get() < goal && !place().isEnded())
        .then()
        .doOnCancel(this::close);
  }

  /** Reads a page. A storm of replays waits in its own line, and holds up no open room. */
  private Flux<Frame> missed() {
    return Purpose.REPLAYS.of(log.changesAfter(place().roomId(), position.get()));
  }

  private Mono<Void> sendUpTo(long goal) {
    if (position.get() >= goal) {
      return Mono.empty();
    }
    return missed().collectList().flatMap(page -> sendUpTo(goal, page));
  }

  private Mono<Void> sendUpTo(long goal, List<Frame> page) {
    List<Frame> due = page.stream().filter(frame -> frame.rev() <= goal).toList();
    // The log no longer holds the missed changes, or skips them: the state that the client receives
    // includes them.
    boolean included = due.isEmpty() || log.skips(page.getLast());
    return send(due)
        .then(
            Mono.fromRunnable(() -> {
              if (included) {
                position.set(goal);
              }
            }));
  }

  private Mono<Void> step() {
    return hold.goLive(position.get())
        .flatMap(live -> {
          done.set(live || place().isEnded());
          return done.get() ? Mono.empty() : sendPage();
        });
  }

  private Mono<Void> sendPage() {
    return missed().collectList().flatMap(page -> page.isEmpty() ? skip() : send(page));
  }

  /**
   * The log no longer holds the changes we missed, so jump to the room's current rev. Read that rev
   * before reading the log once more: a change committed in between is either above the rev or
   * found by the second read.
   */
  private Mono<Void> skip() {
    return log.positions(List.of(place().roomId()))
        .map(positions -> positions.getOrDefault(place().roomId(), Long.MAX_VALUE))
        .flatMap(last ->
            missed().collectList().flatMap(page -> page.isEmpty() ? skipTo(last) : send(page)));
  }

  /** Jumps to a rev; without progress the same step would repeat for ever, so it then fails. */
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

  /**
   * Leaves in the same task of the event loop that sent the frame, so that nothing comes between.
   */
  private void leaveIfEvictedBy(Frame frame) {
    if (frame.evicts(connection) && frame.rev() > place().asOf()) {
      connection.rooms().leave(place());
    }
  }
}
