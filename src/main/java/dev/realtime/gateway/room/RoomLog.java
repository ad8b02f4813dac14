package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomId;
import java.util.Collection;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The lasting changes of a durable feature's rooms. A room reads from its log the changes that the
 * bus has lost.
 */
public interface RoomLog {

  /** Returns the kind of rooms that this log covers. */
  RoomId.Kind kind();

  /**
   * Returns the {@code rev} of the last lasting change of each of these rooms, at most 1,000; a
   * deleted room is missing. Requests for a single room share a query, as many rooms open at once.
   */
  Mono<Map<RoomId, Long>> positions(Collection<RoomId> rooms);

  /**
   * Returns whether a room of this kind opens although its rev could not be read: its members then
   * receive what does not last, and the rest once the rev is known.
   *
   * @param failure why the rev could not be read
   */
  default boolean opensLate(Throwable failure) {
    return false;
  }

  /**
   * Returns the changes with a {@code rev} above the given one, ascending; at most one page. Empty
   * means that there are none.
   *
   * <p>If the room of this id was deleted and created again since that {@code rev}, the first
   * change is an eviction of everyone: {@link Frame#beginsAnew()}.
   */
  Flux<Frame> changesAfter(RoomId room, long rev);

  /**
   * Returns whether a frame of this log takes the place of all changes up to its {@code rev}, which
   * are too many to be read one by one. It is the last of a page; before it the page has only
   * evictions, whose order among the skipped changes does not matter.
   */
  default boolean skips(Frame frame) {
    return false;
  }
}
