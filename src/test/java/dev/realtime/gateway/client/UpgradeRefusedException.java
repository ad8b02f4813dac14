package dev.realtime.gateway.client;

/** The gateway answered the upgrade with something else than 101. */
public final class UpgradeRefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final String contentType;
  private final String body;

  UpgradeRefusedException(int status, String contentType, String body) {
    super("The upgrade was refused with " + status + ": " + body);
    this.status = status;
    this.contentType = contentType;
    this.body = body;
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
