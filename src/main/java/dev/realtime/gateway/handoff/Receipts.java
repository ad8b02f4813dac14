package dev.realtime.gateway.handoff;

import dev.realtime.gateway.notification.NotificationRepository;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.session.ConnectionListener;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.webhook.WebhookOutbox;
import dev.realtime.gateway.webhook.WebhookType;
import java.util.Collections;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Accepts the pong after a notification as its acknowledgement, for clients without another one: it
 * proves that the device's WebSocket stack has read the notification.
 */
@Component
final class Receipts implements ConnectionListener {

  private static final Logger log = LoggerFactory.getLogger(Receipts.class);

  private record Receipt(String userId, long position) {}

  private final NotificationRepository notifications;
  private final WebhookOutbox outbox;
  private final Batcher<Receipt, Boolean> writer = Batcher.named("receipts").calling(this::write);

  Receipts(NotificationRepository notifications, WebhookOutbox outbox) {
    this.notifications = notifications;
    this.outbox = outbox;
  }

  @Override
  public void receipt(Connection connection, long rev) {
    if (rev > 0 && outbox.wants(WebhookType.NOTIFICATION_UNDELIVERED)) {
      // The batcher owns this work. A lost receipt costs one unnecessary hand-off.
      writer
          .submit(new Receipt(connection.userId(), rev))
          .subscribe(
              null, failure -> log.warn("Could not write a receipt: {}", failure.toString()));
    }
  }

  private Mono<List<Boolean>> write(List<Receipt> receipts) {
    return notifications
        .acknowledge(
            receipts.stream().map(Receipt::userId).toList(),
            receipts.stream().map(Receipt::position).toList())
        .thenReturn(Collections.nCopies(receipts.size(), true));
  }
}
