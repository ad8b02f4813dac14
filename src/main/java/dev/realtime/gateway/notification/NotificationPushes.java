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
   * The queue's size, in transactions of up to 10,000 notifications each; the comparison of
   * positions later finds the notifications that do not fit.
   */
  private static final int WAITING = 32;

  private record Push(Notified notified, Notified.Place place) {

    RoomId room() {
      return RoomId.user(place.userId());
    }
  }

  private final RoomPublisher publisher;
  private final RoomBus bus;
  private final NotificationLog frames;
  private final Clock clock;
  private final Sinks.Many<List<Push>> waiting =
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

  /** Pushes committed notifications in their order, unless they have expired. Returns at once. */
  void push(List<Notified> notified) {
    Instant now = clock.instant();
    List<Push> all =
        notified.stream()
            .filter(each -> isCurrent(each, now))
            .flatMap(each -> each.places().stream().map(place -> new Push(each, place)))
            .toList();
    if (all.size() <= FEW) {
      all.forEach(this::publish);
      return;
    }
    Sinks.EmitResult result;
    synchronized (waiting) {
      result = waiting.tryEmitNext(all);
    }
    if (result.isFailure()) {
      log.warn("{} notifications will be pushed late: too many pushes in progress", all.size());
    }
  }

  private static boolean isCurrent(Notified notified, Instant now) {
    Instant end = notified.content().expiresAt();
    return end == null || end.isAfter(now);
  }

  private void publish(Push push) {
    Notified.Place place = push.place();
    publisher.publish(push.room(), frames.frame(push.notified().at(place), place.position()));
  }

  private Mono<Void> pushAll(List<Push> all) {
    return Flux.fromIterable(all).buffer(CHUNK).concatMap(this::pushChunk, 1).then();
  }

  /**
   * Pushes to the connected users of a chunk. A connection opened after the commit needs no push:
   * it starts from a later position.
   */
  private Mono<Void> pushChunk(List<Push> chunk) {
    List<RoomId> rooms = chunk.stream().map(Push::room).distinct().toList();
    return bus.listeners(rooms)
        .doOnNext(listening ->
            chunk.stream()
                .filter(push -> listening.containsKey(push.room()))
                .forEach(this::publish))
        // If the bus does not know who is connected, push to all users; it reaches at least this
        // instance.
        .onErrorResume(failure -> {
          chunk.forEach(this::publish);
          return Mono.empty();
        })
        .then();
  }

  @Override
  public Running running() {
    return running;
  }
}
