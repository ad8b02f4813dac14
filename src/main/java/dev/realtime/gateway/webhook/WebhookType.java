package dev.realtime.gateway.webhook;

import java.util.Locale;

/** The types of webhook events; protocol section 10. */
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

  /**
   * Returns the stored subject: the id with a prefix, since ids of different kinds may be equal.
   */
  String subject(String id) {
    return subjects + ':' + id;
  }

  /** Returns the id of a stored subject that {@link #subject} made. */
  static String idOf(String subject) {
    return subject.substring(subject.indexOf(':') + 1);
  }

  /** The name in a webhook's body, such as {@code message.created}. */
  public String wireName() {
    return wireName;
  }
}
