package planted.database.chat;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import org.reactivestreams.Publisher;

/** Opens a connection past the store. */
final class Rows {

  private Rows() {}

  static Publisher<? extends Connection> open(ConnectionFactory connections) {
    return connections.create();
  }
}
