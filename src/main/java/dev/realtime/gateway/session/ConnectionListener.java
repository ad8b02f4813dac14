package dev.realtime.gateway.session;

/** A feature that wants to know of connections. Called in no particular order; must not block. */
public interface ConnectionListener {

  /** The connection is authenticated and has been welcomed. */
  default void opened(Connection connection) {}

  /**
   * The client's WebSocket stack has answered the ping behind a frame that asked for a receipt.
   *
   * @param rev of that frame, as the client says
   */
  default void receipt(Connection connection, long rev) {}

  /** The connection is gone; it has left all its rooms. */
  default void closed(Connection connection) {}
}
