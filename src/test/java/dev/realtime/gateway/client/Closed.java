package dev.realtime.gateway.client;

/**
 * How a connection ended.
 *
 * @param code the code of the close frame, RFC 6455 section 7.4; 1006 if there was none
 * @param reason its words; of an abnormal end, what is known about it
 */
public record Closed(int code, String reason) {

  /** The connection ended without a close frame. */
  public static final int ABNORMAL = 1006;

  static Closed abnormally(String reason) {
    return new Closed(ABNORMAL, reason);
  }
}
