package dev.realtime.gateway.live;

import dev.realtime.gateway.notification.Notifications;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.StreamStatus;
import dev.realtime.gateway.room.RoomId;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.webhook.WebhookOutbox;
import dev.realtime.gateway.webhook.WebhookType;
import java.util.concurrent.atomic.AtomicBoolean;
import org.springframework.stereotype.Component;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.Mono;

/** A stream's way from created to started to ended; it only goes forward. */
@Component
public class StreamLife {

  private final StreamRepository repository;
  private final Streams streams;
  private final Viewers viewers;
  private final RoomPublisher publisher;
  private final WebhookOutbox outbox;
  private final Notifications notifications;
  private final TransactionalOperator transaction;

  StreamLife(
      StreamRepository repository,
      Streams streams,
      Viewers viewers,
      RoomPublisher publisher,
      WebhookOutbox outbox,
      Notifications notifications,
      ReactiveTransactionManager transactions) {
    this.repository = repository;
    this.streams = streams;
    this.viewers = viewers;
    this.publisher = publisher;
    this.outbox = outbox;
    this.notifications = notifications;
    this.transaction = TransactionalOperator.create(transactions);
  }

  /**
   * Moves a stream on and tells everyone in it. The status it has already changes nothing.
   *
   * @return the stream as it is now; fails with {@code not_found}, and with {@code conflict} for a
   *     step that is none
   */
  public Mono<Stream> move(String id, StreamStatus to) {
    AtomicBoolean moved = new AtomicBoolean();
    return viewers
        .figures(id)
        .flatMap(figures ->
            repository
                .lock(id)
                .switchIfEmpty(Mono.error(Streams::notFound))
                .flatMap(stream -> {
                  moved.set(stream.status() != to);
                  return moved.get() ? step(stream, to, figures) : Mono.just(stream);
                })
                .as(transaction::transactional))
        .doOnNext(stream -> {
          if (moved.get()) {
            streams.changed(id);
            publisher.publish(RoomId.live(id), stream.statusChanged());
          }
        });
  }

  private Mono<Stream> step(Stream stream, StreamStatus to, Viewers.Figures figures) {
    if (!stream.status().mayBecome(to)) {
      return Mono.error(
          GatewayException.field(
              ErrorCode.CONFLICT,
              "status",
              "A stream goes from created to started to ended; this one is "
                  + stream.status().wireName()
                  + "."));
    }
    return repository
        .setStatus(stream.id(), to, figures)
        .then(Mono.defer(() -> repository.find(stream.id())))
        .flatMap(moved ->
            outbox.add(type(to), moved.id(), fact(moved)).then(announce(moved)).thenReturn(moved));
  }

  /** Followers learn of a start. */
  private Mono<Void> announce(Stream stream) {
    return stream.status() == StreamStatus.STARTED
        ? notifications.streamStarted(stream.id(), stream.hostId(), stream.title())
        : Mono.empty();
  }

  private static WebhookType type(StreamStatus to) {
    return to == StreamStatus.STARTED ? WebhookType.STREAM_STARTED : WebhookType.STREAM_ENDED;
  }

  private static StreamFact fact(Stream stream) {
    return new StreamFact(
        stream.id(), stream.hostId(), stream.title(), stream.startedAt(), stream.endedAt());
  }
}
