package dev.realtime.gateway.handoff;

import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.session.ConnectionListener;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.webhook.WebhookOutbox;
import dev.realtime.gateway.webhook.WebhookType;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Records which users have reconnected: a connection ends the absence in which a user is handed off
 * to push only once per chat.
 */
@Component
final class Reconnections implements ConnectionListener {

  private static final Logger log = LoggerFactory.getLogger(Reconnections.class);
  private final HandOffRepository handOffs;
  private final boolean wanted;
  private final Batcher<String, Boolean> writer =
      Batcher.named("reconnections").calling(this::write);

  Reconnections(HandOffRepository handOffs, WebhookOutbox outbox) {
    this.handOffs = handOffs;
    this.wanted = outbox.wants(WebhookType.MESSAGE_UNDELIVERED);
  }

  @Override
  public void opened(Connection connection) {
    if (wanted) {
      // The batcher owns this work. A failure costs one hand-off to push, until a device
      // acknowledges.
      writer
          .submit(connection.userId())
          .subscribe(
              null, failure -> log.warn("Could not note a reconnection: {}", failure.toString()));
    }
  }

  private Mono<List<Boolean>> write(List<String> userIds) {
    return handOffs.back(userIds).thenReturn(userIds.stream().map(_ -> true).toList());
  }
}
