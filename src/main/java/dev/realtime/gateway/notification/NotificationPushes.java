package dev.realtime.gateway.notification;

import dev.realtime.gateway.bus.RoomBus;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.work.Running;
import dev.realtime.gateway.work.RunningPart;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Pushes stored notifications to devices. A few are pushed at once; larger numbers are queued and
 * pushed in chunks, only to users who are connected, so that they delay nothing else.
 */
@Component
final class NotificationPushes implements RunningPart {

  private static final Logger log = LoggerFactory.getLogger(NotificationPushes.class);

  private static final int FEW = 32;
  private static final int CHUNK = 250;

  /**
   * The queue's size, in calls of up to 10,000 users each; the comparison of positions later finds
   * the notifications that do not fit.
   */
  private static final int WAITING = 16;

  private final RoomPublisher publisher;
  private final RoomBus bus;
  private final NotificationLog frames;
  private final Clock clock;
  private final Sinks.Many<Notified> waiting =
      Sinks.many().unicast().onBackpressureBuffer(new ArrayBlockingQueue<>(WAITING));
  // This flow signals no errors.
  private final Running running =
      new Running(() -> waiting.asFlux().concatMap(this::pushAll, 1).subscribe());

  NotificationPushes(RoomPublisher publisher, RoomBus bus, NotificationLog frames, Clock clock) {
    this.publisher = publisher;
    this.bus = bus;
    this.frames = frames;
    this.clock = clock;
  }

  /** Pushes a committed notification unless it has expired. Returns at once. */
  void push(Notified notified) {
    Instant end = notified.content().expiresAt();
    if (end != null && !end.isAfter(clock.instant())) {
      return;
    }
    if (notified.places().size() <= FEW) {
      notified.places().forEach(place -> publish(notified, place));
      return;
    }
    Sinks.EmitResult result;
    synchronized (waiting) {
      result = waiting.tryEmitNext(notified);
    }
    if (result.isFailure()) {
      log.warn(
          "{} notifications will be pushed late: too many pushes in progress",
          notified.places().size());
    }
  }

  private void publish(Notified notified, Notified.Place place) {
    publisher.publish(
        RoomId.user(place.userId()), frames.frame(notified.at(place), place.position()));
  }

  private Mono<Void> pushAll(Notified notified) {
    return Flux.fromIterable(notified.places())
        .buffer(CHUNK)
        .concatMap(chunk -> pushChunk(notified, chunk), 1)
        .then();
  }

  /**
   * Pushes to the connected users of a chunk. A connection opened after the commit needs no push:
   * it starts from a later position.
   */
  private Mono<Void> pushChunk(Notified notified, List<Notified.Place> chunk) {
    List<RoomId> rooms = chunk.stream().map(place -> RoomId.user(place.userId())).toList();
    return bus.listeners(rooms)
        .doOnNext(listening ->
            chunk.stream()
                .filter(place -> listening.containsKey(RoomId.user(place.userId())))
                .forEach(place -> publish(notified, place)))
        // If the bus does not know who is connected, push to all users; it reaches at least this
        // instance.
        .onErrorResume(failure -> {
          chunk.forEach(place -> publish(notified, place));
          return Mono.empty();
        })
        .then();
  }

  @Override
  public Running running() {
    return running;
  }
}
