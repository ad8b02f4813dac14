package dev.realtime.gateway.socket;

import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.security.Caller;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.session.ConnectionRegistry;
import dev.realtime.gateway.session.SessionHandler;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketMessage;
import org.springframework.web.reactive.socket.WebSocketSession;
import reactor.core.publisher.Mono;

/**
 * Handles a socket from its upgrade on: registers the connection, welcomes the caller that the
 * upgrade named, and passes each frame on in order, no faster than lanes take commands.
 */
@Component
final class GatewayWebSocketHandler implements WebSocketHandler {

  static final String SUBPROTOCOL = "gateway.v1";

  private static final Logger log = LoggerFactory.getLogger(GatewayWebSocketHandler.class);

  private final ConnectionRegistry connections;
  private final SessionHandler sessions;
  private final InboundFrames inbound;
  private final int maxMessage;

  GatewayWebSocketHandler(
      ConnectionRegistry connections,
      SessionHandler sessions,
      InboundFrames inbound,
      GatewayProperties properties) {
    this.connections = connections;
    this.sessions = sessions;
    this.inbound = inbound;
    this.maxMessage = properties.limits().frameBytes();
  }

  @Override
  public List<String> getSubProtocols() {
    return List.of(SUBPROTOCOL);
  }

  @Override
  public Mono<Void> handle(WebSocketSession session) {
    EdgeSession edge = (EdgeSession) session;
    Identification who = edge.identification();
    Connection connection = connections.open(edge.channel(), edge.encoder(), who.deviceId());
    edge.guard(new FrameGuard(connection, maxMessage));
    boolean refused = who.refusal() != null;
    // Without prefetch, since a frame's bytes are valid only while it is handed over.
    return welcome(connection, who.caller(), who.refusal())
        .thenMany(
            session
                .receive()
                .concatMap(frame -> refused ? Mono.empty() : receive(connection, frame), 0))
        .doOnError(
            Error.class, failure -> log.error("Connection {} ended", connection.id(), failure))
        // The client vanished, or broke the framing, which Netty has answered already.
        .onErrorComplete()
        .then();
  }

  /** Welcomes the caller; deferred, since what the chain holds lasts as long as the socket. */
  private Mono<Void> welcome(
      Connection connection, @Nullable Caller caller, @Nullable GatewayException refusal) {
    if (refusal != null) {
      return Mono.defer(() -> TokenRefusal.end(connection, refusal));
    }
    return caller == null ? Mono.empty() : Mono.defer(() -> welcome(connection, caller));
  }

  private Mono<Void> welcome(Connection connection, Caller caller) {
    return sessions.welcome(connection, caller).onErrorResume(failure -> end(connection, failure));
  }

  /** Handles a frame; never fails, since an error would end the socket without its close code. */
  private Mono<Void> receive(Connection connection, WebSocketMessage frame) {
    try {
      return read(connection, frame).onErrorResume(failure -> end(connection, failure));
    } catch (RuntimeException failure) {
      return end(connection, failure);
    }
  }

  private static Mono<Void> end(Connection connection, Throwable failure) {
    log.error("Connection {} failed", connection.id(), failure);
    connection.close(CloseCode.SERVER_ERROR);
    return Mono.empty();
  }

  private Mono<Void> read(Connection connection, WebSocketMessage frame) {
    return switch (frame.getType()) {
      case TEXT -> inbound.text(connection, frame.getPayload());
      case BINARY -> inbound.binary(connection);
      case PING -> connection.pong(bytes(frame));
      case PONG -> {
        pong(connection, bytes(frame));
        yield Mono.empty();
      }
    };
  }

  /** Reads a pong: the gateway's pings are empty, or bear the rev of the frame before them. */
  private void pong(Connection connection, byte[] payload) {
    if (payload.length == Long.BYTES) {
      connections.pong(connection, ByteBuffer.wrap(payload).getLong());
    }
  }

  private static byte[] bytes(WebSocketMessage frame) {
    byte[] bytes = new byte[frame.getPayload().readableByteCount()];
    frame.getPayload().read(bytes);
    return bytes;
  }
}
