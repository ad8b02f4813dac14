package dev.realtime.gateway.live;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.LiveEvent;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.store.Bulkhead;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Turns;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The changes of streams, each under the lock of the stream's row. A change records its room events
 * with their revs in the same transaction. After the commit it makes all instances read the stream
 * again, or tells them of the one sanction that changed, and then publishes the events.
 */
@Component
final class StreamTransactions {

  /** The most changes of one stream that may wait for earlier ones. */
  private static final int WAITING = 1_000;

  private final Database database;
  private final StreamAccess streams;
  private final LiveLog log;
  private final RoomPublisher publisher;
  private final Turns turns;

  StreamTransactions(
      Database database,
      StreamAccess streams,
      LiveLog log,
      RoomPublisher publisher,
      Bulkhead rowBulkhead) {
    this.database = database;
    this.streams = streams;
    this.log = log;
    this.publisher = publisher;
    this.turns = new Turns(rowBulkhead, WAITING);
  }

  /** A stream as it was when its row was locked, and the events and evictions of a change. */
  static final class LockedStream {

    private record Word(String userId, LiveEvent event) {}

    private final Stream stream;
    private final List<LiveEvent> forAll = new ArrayList<>();
    private final List<String> evicted = new ArrayList<>();
    private final List<Word> words = new ArrayList<>();
    private Sanctions.@Nullable Change sanction;

    private LockedStream(Stream stream) {
      this.stream = stream;
    }

    Stream stream() {
      return stream;
    }

    /** Adds an event that is recorded and published to the stream's room. */
    void tellAll(LiveEvent event) {
      forAll.add(event);
    }

    /** Adds an event that is published to all connections of these users. */
    void tell(Collection<String> userIds, LiveEvent event) {
      new TreeSet<>(userIds).forEach(userId -> words.add(new Word(userId, event)));
    }

    /** Notes that the change is that of a sanction, and leaves the rest of the stream as it is. */
    void sanctioned(Sanctions.Change change) {
      sanction = change;
    }

    /** Adds an eviction of the user from the stream's room. */
    void putOut(String userId) {
      evicted.add(userId);
    }
  }

  /**
   * Runs a change; fails with {@code not_found} if there is no such stream.
   *
   * @param by the user whose sanctions the change has to know
   */
  <T> Mono<T> in(String streamId, String by, Function<LockedStream, Mono<T>> change) {
    return streams
        .lock(streamId, by)
        .map(LockedStream::new)
        .flatMap(locked ->
            change
                .apply(locked)
                .delayUntil(_ ->
                    record(locked)
                        .collectList()
                        .flatMap(frames -> database.afterCommit(() -> publish(locked, frames)))))
        .as(work -> turns.take(streamId, database.inTransaction(work)));
  }

  private Flux<Frame> record(LockedStream locked) {
    String id = locked.stream().id();
    return Flux.concat(
        Flux.fromIterable(locked.forAll).concatMap(event -> log.add(id, event)),
        Flux.fromIterable(locked.evicted).concatMap(userId -> log.addEviction(id, userId)));
  }

  private void publish(LockedStream locked, List<Frame> frames) {
    String streamId = locked.stream.id();
    Sanctions.Change sanction = locked.sanction;
    if (sanction == null || !locked.forAll.isEmpty()) {
      streams.changed(streamId);
    } else {
      long rev = locked.stream.rev() + frames.size();
      streams.changed(sanction.recordedAs(rev, frames.size()));
    }
    locked.words.forEach(word -> publisher.publish(RoomId.user(word.userId()), word.event()));
    frames.forEach(frame -> publisher.publish(RoomId.live(streamId), frame));
  }
}
