package dev.realtime.gateway.handoff;

import dev.realtime.gateway.notification.NotificationRepository;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.session.ConnectionListener;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.webhook.WebhookOutbox;
import dev.realtime.gateway.webhook.WebhookType;
import dev.realtime.gateway.work.RepeatedWarning;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Accepts the pong after a notification as its acknowledgement, for clients without another one: it
 * proves that the device's WebSocket stack has read the notification.
 *
 * <p>A lost receipt costs one unnecessary hand-off. At most one receipt of each connection waits;
 * what the connection confirms meanwhile joins it.
 */
@Component
final class Receipts implements ConnectionListener {

  /** Notifications that one receipt confirms at most; later ones are handed off unnecessarily. */
  private static final int MOST_POSITIONS = 1_024;

  /** Connections in one call to the database; each may confirm that many notifications. */
  private static final int GROUP = 64;

  /** Connections whose receipts may wait; more than one instance holds. */
  private static final int WAITING = 200_000;

  /** Positions that a connection has confirmed; they change only while it is in {@code waiting}. */
  private static final class Receipt {

    final Connection connection;
    final List<Long> positions = new ArrayList<>(1);

    Receipt(Connection connection) {
      this.connection = connection;
    }

    Receipt with(List<Long> confirmed) {
      int space = MOST_POSITIONS - positions.size();
      positions.addAll(confirmed.subList(0, Math.min(space, confirmed.size())));
      return this;
    }
  }

  private final NotificationRepository notifications;
  private final WebhookOutbox outbox;
  private final Map<Connection, Receipt> waiting = new ConcurrentHashMap<>();
  private final RepeatedWarning failed =
      new RepeatedWarning(LoggerFactory.getLogger(Receipts.class), "Could not write a receipt");
  private final Batcher<Receipt, Boolean> writer =
      Batcher.named("receipts").groupsOf(GROUP).waiting(WAITING).calling(this::write);

  Receipts(NotificationRepository notifications, WebhookOutbox outbox) {
    this.notifications = notifications;
    this.outbox = outbox;
  }

  @Override
  public void receipt(Connection connection, List<Long> revs) {
    if (!outbox.wants(WebhookType.NOTIFICATION_UNDELIVERED)) {
      return;
    }
    Receipt fresh = new Receipt(connection);
    Receipt open =
        waiting.compute(connection, (_, present) -> (present == null ? fresh : present).with(revs));
    if (open == fresh) {
      // The batcher owns this work.
      writer
          .submit(fresh)
          .doFinally(_ -> waiting.remove(connection, fresh))
          .subscribe(null, failed::log);
    }
  }

  private Mono<List<Boolean>> write(List<Receipt> receipts) {
    List<String> users = new ArrayList<>();
    List<Long> positions = new ArrayList<>();
    for (Receipt receipt : receipts) {
      // What the connection confirms from now on begins another receipt.
      waiting.remove(receipt.connection, receipt);
      users.addAll(Collections.nCopies(receipt.positions.size(), receipt.connection.userId()));
      positions.addAll(receipt.positions);
    }
    return notifications
        .acknowledge(users, positions)
        .thenReturn(Collections.nCopies(receipts.size(), true));
  }
}
