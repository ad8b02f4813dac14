package dev.realtime.gateway.session;

/** A feature that observes connections. Listeners run in no particular order and must not block. */
public interface ConnectionListener {

  /** Reports that the connection is authenticated and welcomed. */
  default void opened(Connection connection) {}

  /**
   * Reports that the connection receives everything of its user's own room, which at first it did
   * not because the store was unavailable. It may come before {@link #opened}.
   */
  default void wentLive(Connection connection) {}

  /**
   * Reports that the client's WebSocket stack answered the ping after a frame that wants a receipt.
   *
   * @param rev rev of that frame, as the client sent it
   */
  default void receipt(Connection connection, long rev) {}

  /** Reports that the connection is gone and has left all its rooms. */
  default void closed(Connection connection) {}
}
