package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomId;
import java.time.Duration;
import java.util.Collection;
import reactor.core.publisher.Flux;

/**
 * The events of a feature to rooms of one kind that must not be lost although no {@link RoomLog}
 * has them: rooms read them after the bus was interrupted, so that they are late and not lost.
 */
public interface RoomNews {

  /** Returns the kind of rooms that these events belong to. */
  RoomId.Kind kind();

  /**
   * Returns the events of these rooms that may have been lost. They are in the order of the changes
   * where that matters, and may include events that did arrive.
   *
   * @param ago how long before now the bus was interrupted
   */
  Flux<News> since(Collection<RoomId> rooms, Duration ago);

  /** A frame and the room it belongs to. */
  record News(RoomId room, Frame frame) {}
}
