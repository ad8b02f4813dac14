package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomId;
import java.time.Duration;
import java.util.Collection;
import reactor.core.publisher.Flux;

/**
 * What a feature has published to rooms of a kind that lasts and yet has no place in the room's own
 * {@link RoomLog}: asked after the bus was interrupted, so that it is late and not lost.
 */
public interface RoomNews {

  /** Which rooms this is about. */
  RoomId.Kind kind();

  /**
   * What these rooms were told, and may not have heard. In the order of the changes where that
   * matters; what was heard may be among it.
   *
   * @param ago how long before now the bus was interrupted
   */
  Flux<News> since(Collection<RoomId> rooms, Duration ago);

  /** A frame and the room it is for. */
  record News(RoomId room, Frame frame) {}
}
