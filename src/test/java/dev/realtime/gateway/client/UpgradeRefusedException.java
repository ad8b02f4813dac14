package dev.realtime.gateway.client;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The gateway answered the upgrade with something else than 101. */
public final class UpgradeRefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final String contentType;
  private final String body;
  private final transient HttpHead head;

  UpgradeRefusedException(int status, String contentType, String body) {
    this(new HttpHead(status, List.of("Content-Type: " + contentType)), body);
  }

  UpgradeRefusedException(HttpHead head, String body) {
    super("The upgrade was refused with " + head.status() + ": " + body);
    this.status = head.status();
    this.contentType = Objects.requireNonNullElse(head.header("Content-Type"), "");
    this.body = body;
    this.head = head;
  }

  /** A header of the answer; null if it had none of this name. */
  public @Nullable String header(String name) {
    return head.header(name);
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** The media type of the body; empty if the answer named none. */
  public String contentType() {
    return contentType;
  }

  /** The body, problem+json where the gateway itself refused; empty if there was none. */
  public String body() {
    return body;
  }
}
