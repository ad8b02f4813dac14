package dev.realtime.gateway.webhook;

import java.util.Locale;

/** What the platform can ask to be told of; section 10 of the protocol. */
public enum WebhookType {
  MESSAGE_CREATED("chat"),
  MESSAGE_UNDELIVERED("user"),
  NOTIFICATION_UNDELIVERED("user"),
  STREAM_STARTED("stream"),
  STREAM_ENDED("stream");

  private final String wireName = name().toLowerCase(Locale.ROOT).replace('_', '.');
  private final String subjects;

  WebhookType(String subjects) {
    this.subjects = subjects;
  }

  /** Names a subject apart from those of other kinds, which may bear the same id. */
  String subject(String id) {
    return subjects + ':' + id;
  }

  /** The id in what {@link #subject} made. */
  static String idOf(String subject) {
    return subject.substring(subject.indexOf(':') + 1);
  }

  /** As it stands in a webhook's body: {@code message.created}. */
  public String wireName() {
    return wireName;
  }
}
