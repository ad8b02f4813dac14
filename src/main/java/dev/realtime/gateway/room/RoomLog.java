package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomId;
import java.util.Collection;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What a durable feature knows about the lasting changes of its rooms. A room fills from it what
 * the bus has lost.
 */
public interface RoomLog {

  /** Which rooms this log is about. */
  RoomId.Kind kind();

  /** The {@code rev} of the last lasting change of each room; a room that is gone is missing. */
  Mono<Map<RoomId, Long>> positions(Collection<RoomId> rooms);

  /**
   * The changes with a {@code rev} above the given one, ascending; at most one page. Empty means
   * there are none.
   *
   * <p>Where the room of this id was deleted and made again since that {@code rev}, the first one
   * is an eviction of everyone: {@link Frame#beginsAnew()}.
   */
  Flux<Frame> changesAfter(RoomId room, long rev);
}
