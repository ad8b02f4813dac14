package dev.realtime.gateway.session;

import java.util.List;

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
   * Reports that the client's WebSocket stack has read frames that want a receipt. Each ping that
   * was sent is reported at most once; a pong that answers none is not reported.
   *
   * @param revs revs of the frames, at least one
   */
  default void receipt(Connection connection, List<Long> revs) {}

  /** Reports that the connection is gone and has left all its rooms. */
  default void closed(Connection connection) {}
}
