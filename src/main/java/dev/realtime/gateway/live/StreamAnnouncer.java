package dev.realtime.gateway.live;

import dev.realtime.gateway.notification.Notifications;
import dev.realtime.gateway.protocol.StreamStatus;
import dev.realtime.gateway.webhook.WebhookOutbox;
import dev.realtime.gateway.webhook.WebhookType;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The announcer of a stream's start and end, to the platform and to the followers of its host. */
@Component
final class StreamAnnouncer {

  private final WebhookOutbox outbox;
  private final Notifications notifications;

  StreamAnnouncer(WebhookOutbox outbox, Notifications notifications) {
    this.outbox = outbox;
    this.notifications = notifications;
  }

  /**
   * Adds the webhook and the notifications of a stream's new status, in the caller's transaction.
   */
  Mono<Void> moved(Stream stream) {
    return stream.status() == StreamStatus.STARTED
        ? outbox
            .add(WebhookType.STREAM_STARTED, stream.id(), summary(stream))
            .then(notifications.streamStarted(stream.id(), stream.hostId(), stream.title()))
        : outbox.add(WebhookType.STREAM_ENDED, stream.id(), summary(stream));
  }

  private static StreamSummary summary(Stream stream) {
    return new StreamSummary(
        stream.id(), stream.hostId(), stream.title(), stream.startedAt(), stream.endedAt());
  }
}
