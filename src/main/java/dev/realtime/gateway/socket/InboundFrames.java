package dev.realtime.gateway.socket;

import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Inbound;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.session.Connection;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Reads frames into commands and hands each to the lane of its family. */
@Component
final class InboundFrames {

  /** The number of undecodable frames within a minute that ends a connection. */
  private static final int MAX_UNDECODABLE = 10;

  private static final char REPLACEMENT = '\uFFFD';

  private final EnvelopeCodec codec;
  private final CommandDispatcher dispatcher;
  private final Refusals refusals;

  InboundFrames(EnvelopeCodec codec, CommandDispatcher dispatcher, Refusals refusals) {
    this.codec = codec;
    this.dispatcher = dispatcher;
    this.refusals = refusals;
  }

  /** Handles a text frame. Completes when the next frame may be read; never fails. */
  Mono<Void> text(Connection connection, DataBuffer payload) {
    if (connection.isClosing()) {
      return Mono.empty();
    }
    String text = decodeUtf8(payload);
    if (text == null) {
      connection.close(CloseCode.INVALID_TEXT);
      return Mono.empty();
    }
    return switch (codec.decode(text)) {
      case Inbound.Refused refused -> refuse(connection, refused);
      case Inbound.Accepted accepted -> accept(connection, accepted);
    };
  }

  /** Refuses a binary frame and ends the connection: the protocol is text. */
  Mono<Void> binary(Connection connection) {
    GatewayException why = GatewayException.of(ErrorCode.UNSUPPORTED_DATA);
    return connection
        .refuse(new Inbound.Refused(null, null, null, why, false), why)
        .then(Mono.fromRunnable(() -> connection.close(CloseCode.UNSUPPORTED_DATA)));
  }

  /** Decodes UTF-8; null for broken bytes. A replacement character may be the client's own. */
  private static @Nullable String decodeUtf8(DataBuffer payload) {
    String text = payload.toString(StandardCharsets.UTF_8);
    if (text.indexOf(REPLACEMENT) < 0) {
      return text;
    }
    try (DataBuffer.ByteBufferIterator buffers = payload.readableByteBuffers()) {
      ByteBuffer whole = ByteBuffer.allocate(payload.readableByteCount());
      buffers.forEachRemaining(whole::put);
      StandardCharsets.UTF_8.newDecoder().decode(whole.flip());
      return text;
    } catch (CharacterCodingException broken) {
      return null;
    }
  }

  private Mono<Void> refuse(Connection connection, Inbound.Refused refused) {
    boolean enough = refused.undecodable() && connection.tooManyErrors(MAX_UNDECODABLE);
    Mono<Void> answer = connection.refuse(refused, reason(connection, refused));
    if (enough) {
      return answer.then(Mono.fromRunnable(() -> connection.close(CloseCode.TOO_MANY_ERRORS)));
    }
    // A command of the wrong shape is refused in its lane, as one that is refused later is.
    return refused.isCommand() && connection.isAuthenticated()
        ? connection.inOrder(refused.family(), answer)
        : answer;
  }

  /** Hides from a caller who is not authenticated what is wrong with a command. */
  private static GatewayException reason(Connection connection, Inbound.Refused refused) {
    boolean early = refused.isCommand() && !connection.isAuthenticated();
    return early && !TokenRefusal.AUTHENTICATE.equals(refused.event())
        ? GatewayException.of(ErrorCode.UNAUTHORIZED)
        : refused.why();
  }

  private Mono<Void> accept(Connection connection, Inbound.Accepted accepted) {
    if (accepted.command() instanceof SessionCommand.Authenticate
        && !connection.isAuthenticated()) {
      return authenticate(connection, accepted);
    }
    if (!connection.isAuthenticated()) {
      return connection.refuse(accepted, GatewayException.of(ErrorCode.UNAUTHORIZED));
    }
    return connection.inOrder(accepted.family(), carryOut(connection, accepted));
  }

  /** Carries out a command, or answers it with its error; never fails. */
  private Mono<Void> carryOut(Connection connection, Inbound.Accepted accepted) {
    return dispatcher
        .carryOut(connection, accepted)
        .onErrorResume(failure -> refusals.refuse(connection, accepted, failure));
  }

  /**
   * Authenticates in a lane, as every command: the lane finishes it also when the connection breaks
   * meanwhile. Later commands rely on it, so the socket reads nothing more until it is answered.
   */
  private Mono<Void> authenticate(Connection connection, Inbound.Accepted accepted) {
    Sinks.Empty<Void> answered = Sinks.empty();
    Mono<Void> command =
        carryOut(connection, accepted)
            .then(Mono.<Void>fromRunnable(() -> endUnlessAuthenticated(connection)))
            // The sink has one emitter and one subscriber, so it refuses nothing.
            .doFinally(_ -> answered.tryEmitEmpty());
    return connection.inOrder(accepted.family(), command).then(answered.asMono());
  }

  private static void endUnlessAuthenticated(Connection connection) {
    if (!connection.isAuthenticated()) {
      connection.close(CloseCode.UNAUTHORIZED);
    }
  }
}
