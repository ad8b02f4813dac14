package dev.realtime.gateway.client;

/** What was waited for did not come: the deadline passed, or the connection ended before. */
public final class ClientException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  ClientException(String message) {
    super(message);
  }

  ClientException(String message, Throwable cause) {
    super(message, cause);
  }
}
