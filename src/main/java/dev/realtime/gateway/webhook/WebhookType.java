package dev.realtime.gateway.webhook;

import java.util.Locale;

/** What the platform can ask to be told of; section 10 of the protocol. */
public enum WebhookType {
  MESSAGE_CREATED,
  MESSAGE_UNDELIVERED,
  NOTIFICATION_UNDELIVERED,
  STREAM_STARTED,
  STREAM_ENDED;

  private final String wireName = name().toLowerCase(Locale.ROOT).replace('_', '.');

  /** As it stands in a webhook's body: {@code message.created}. */
  public String wireName() {
    return wireName;
  }
}
