package dev.realtime.gateway.session;

import dev.realtime.gateway.room.Frame;
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
  private final Place membership;
  private final AtomicLong position;
  private final AtomicBoolean done = new AtomicBoolean();

  /** Of one connection in one room, from the position up to which it has everything. */
  public CatchUp(RoomLog log, Connection connection, Place membership, long position) {
    this.log = log;
    this.connection = connection;
    this.membership = membership;
    this.position = new AtomicLong(position);
  }

  /** Completes when the connection is live in the room, or no longer in it. */
  public Mono<Void> run() {
    return Mono.defer(this::step).repeat(() -> !done.get()).then();
  }

  /** The place that goes live. */
  public Place place() {
    return membership;
  }

  /**
   * Sends what the log has up to a {@code rev} and nothing above it, to a place that is held.
   * Completes when that is on its way, or the connection is no longer in the room.
   */
  public Mono<Void> upTo(long goal) {
    return Mono.defer(() -> sendUpTo(goal))
        .repeat(() -> position.get() < goal && !membership.isEnded())
        .then();
  }

  private Mono<Void> sendUpTo(long goal) {
    if (position.get() >= goal) {
      return Mono.empty();
    }
    return log.changesAfter(membership.roomId(), position.get())
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
    return membership
        .goLive(position.get())
        .flatMap(live -> {
          done.set(live || membership.isEnded());
          return done.get() ? Mono.empty() : sendPage();
        });
  }

  private Mono<Void> sendPage() {
    return log.changesAfter(membership.roomId(), position.get())
        .collectList()
        .flatMap(page -> page.isEmpty() ? skip() : send(page));
  }

  /**
   * What lies behind is older than the log's memory: the position is all there is to take. It is
   * read first, and then looked again: what was committed in between is above it, or seen.
   */
  private Mono<Void> skip() {
    return log.positions(List.of(membership.roomId()))
        .map(positions -> positions.getOrDefault(membership.roomId(), Long.MAX_VALUE))
        .flatMap(last ->
            log.changesAfter(membership.roomId(), position.get())
                .collectList()
                .flatMap(page -> page.isEmpty() ? skipTo(last) : send(page)));
  }

  /** A turn without progress would be followed by the same one, for ever. */
  private Mono<Void> skipTo(long last) {
    if (last > position.get()) {
      position.set(last);
      return Mono.empty();
    }
    return membership.compareWithLog().then(Mono.error(this::contradiction));
  }

  private IllegalStateException contradiction() {
    return new IllegalStateException(
        membership.roomId() + " has passed more than rev " + position.get() + ", its log has not");
  }

  private Mono<Void> send(List<Frame> page) {
    return Flux.fromIterable(page)
        .takeWhile(_ -> !membership.isEnded())
        .concatMap(this::send, 1)
        .then();
  }

  private Mono<Void> send(Frame frame) {
    if (frame.beginsAnew()) {
      return Mono.error(
          new IllegalStateException(membership.roomId() + " was made again, at " + frame.rev()));
    }
    position.set(frame.rev());
    return connection
        .paced(frame, () -> !membership.isEnded())
        .then(Mono.fromRunnable(() -> leaveIfEvictedBy(frame)));
  }

  /** On the event loop, in one go with the sending: nothing else comes between. */
  private void leaveIfEvictedBy(Frame frame) {
    if (frame.evicts(connection) && frame.rev() > membership.asOf()) {
      connection.rooms().leave(membership);
    }
  }
}
