package dev.realtime.gateway.live.rooms;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.live.Viewers;
import dev.realtime.gateway.room.RoomNews;
import java.time.Duration;
import java.util.Collection;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;

/**
 * Has the count of viewers pushed again after the bus was interrupted. Only a change is pushed
 * otherwise, so a lost push, or one of an instance that died before it, would leave the viewers of
 * a quiet stream with an old count for good.
 */
@Component
final class ViewerNews implements RoomNews {

  private final Viewers viewers;

  ViewerNews(Viewers viewers) {
    this.viewers = viewers;
  }

  @Override
  public RoomId.Kind kind() {
    return RoomId.Kind.LIVE;
  }

  /** Returns nothing: Redis may not know the exact count yet, and it decides when to push it. */
  @Override
  public Flux<News> since(Collection<RoomId> rooms, Duration ago) {
    rooms.forEach(room -> viewers.pushAgain(room.id()));
    return Flux.empty();
  }
}
