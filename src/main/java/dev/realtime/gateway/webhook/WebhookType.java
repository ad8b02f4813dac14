package dev.realtime.gateway.webhook;

import dev.realtime.gateway.store.Row;
import dev.realtime.gateway.store.StoredJson;
import java.util.Locale;

/** The types of webhook events; protocol section 10. */
public enum WebhookType {
  MESSAGE_CREATED("chat"),
  MESSAGE_UNDELIVERED("user", true),
  NOTIFICATION_UNDELIVERED("user", true),
  STREAM_STARTED("stream"),
  STREAM_ENDED("stream");

  private final String wireName = name().toLowerCase(Locale.ROOT).replace('_', '.');
  private final String subjects;
  private final boolean apart;

  WebhookType(String subjects) {
    this(subjects, false);
  }

  WebhookType(String subjects, boolean apart) {
    this.subjects = subjects;
    this.apart = apart;
  }

  /**
   * Whether each event of this type waits for nobody: a push must not wait until the receiver
   * accepts an earlier one for the same user.
   */
  boolean isApart() {
    return apart;
  }

  /**
   * Returns the stored subject: the id with a prefix, since ids of different kinds may be equal.
   */
  public String subject(String id) {
    return subjects + ':' + id;
  }

  /** Returns the id of a stored subject that {@link #subject} made. */
  static String idOf(String subject) {
    return subject.substring(subject.indexOf(':') + 1);
  }

  /**
   * Returns the data of a stored event as the receiver gets it. The data of {@code message.created}
   * is stored without {@code createdAt}: the database sets the time of a message, and only Java
   * formats times.
   */
  static String data(Row event) {
    String data = event.text("data");
    return event.text("type").equals(MESSAGE_CREATED.wireName)
        ? "{\"createdAt\":"
            + StoredJson.write(event.instant("created_at"))
            + ','
            + data.substring(1)
        : data;
  }

  /** The name in a webhook's body, such as {@code message.created}. */
  public String wireName() {
    return wireName;
  }
}
