package dev.realtime.gateway.store;

/** No connection could be opened: nothing was asked, and nothing done. The cause tells why. */
final class StoreUnreachableException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  StoreUnreachableException(Throwable cause) {
    super(cause);
  }
}
