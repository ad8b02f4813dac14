package dev.realtime.gateway.live;

import dev.realtime.gateway.notification.Notifications;
import dev.realtime.gateway.protocol.StreamStatus;
import dev.realtime.gateway.webhook.WebhookOutbox;
import dev.realtime.gateway.webhook.WebhookType;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Whom a stream's beginning and end concern outside of it: the platform, the host's followers. */
@Component
final class StreamNews {

  private final WebhookOutbox outbox;
  private final Notifications notifications;

  StreamNews(WebhookOutbox outbox, Notifications notifications) {
    this.outbox = outbox;
    this.notifications = notifications;
  }

  /** Writes down, in the caller's transaction, that a stream has its present status now. */
  Mono<Void> moved(Stream stream) {
    return stream.status() == StreamStatus.STARTED
        ? outbox
            .add(WebhookType.STREAM_STARTED, stream.id(), fact(stream))
            .then(notifications.streamStarted(stream.id(), stream.hostId(), stream.title()))
        : outbox.add(WebhookType.STREAM_ENDED, stream.id(), fact(stream));
  }

  private static StreamFact fact(Stream stream) {
    return new StreamFact(
        stream.id(), stream.hostId(), stream.title(), stream.startedAt(), stream.endedAt());
  }
}
