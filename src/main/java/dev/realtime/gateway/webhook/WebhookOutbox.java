package dev.realtime.gateway.webhook;

import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Where features leave what the platform is to be told, in the transaction of the fact itself: both
 * are stored, or neither.
 */
@Component
public class WebhookOutbox {

  /** Whether the platform asked for this type; where it did not, nothing is to be prepared. */
  public boolean wants(WebhookType type) {
    return false;
  }

  /**
   * Writes an event in the caller's transaction; does nothing where nobody asked for the type.
   *
   * @param subject whose events keep their order: a chat, user, stream or call
   * @param data becomes the {@code data} of the webhook's body
   */
  public Mono<Void> add(WebhookType type, String subject, Object data) {
    return Mono.empty();
  }
}
