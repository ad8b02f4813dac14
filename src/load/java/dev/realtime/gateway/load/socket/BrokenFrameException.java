package dev.realtime.gateway.load.socket;

/** A server sent what RFC 6455 forbids, or what this client did not agree to. */
final class BrokenFrameException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  BrokenFrameException(String message) {
    super(message);
  }
}
