package dev.realtime.gateway.live.rooms;

import dev.realtime.gateway.live.Stream;
import dev.realtime.gateway.live.Viewers;
import dev.realtime.gateway.live.hosts.HostWatch;
import dev.realtime.gateway.protocol.StreamState;
import dev.realtime.gateway.room.Place;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The present states of streams, with their viewers and last messages. */
@Component
final class StreamStates {

  private final Viewers viewers;
  private final RecentMessages recent;
  private final HostWatch hosts;

  StreamStates(Viewers viewers, RecentMessages recent, HostWatch hosts) {
    this.viewers = viewers;
    this.recent = recent;
    this.hosts = hosts;
  }

  /** Returns the state of a stream without counting a new viewer. */
  Mono<StreamState> of(Stream stream) {
    return viewers.count(stream.id()).flatMap(count -> state(stream, count));
  }

  /**
   * Counts a user who has entered a stream, until the place ends, and returns the stream's state.
   */
  Mono<StreamState> entered(Stream stream, String userId, Place place) {
    return hosts
        .joined(stream, userId)
        .then(Mono.defer(() -> viewers.joined(stream.id(), userId, place)))
        .flatMap(count -> state(stream, count));
  }

  private Mono<StreamState> state(Stream stream, long count) {
    return recent.of(stream.id()).map(messages -> stream.state(count, messages));
  }
}
