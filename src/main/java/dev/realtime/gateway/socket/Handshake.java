package dev.realtime.gateway.socket;

import dev.realtime.gateway.http.Problem;
import dev.realtime.gateway.protocol.ErrorCode;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.publisher.Mono;

/**
 * The client's side of the opening handshake, as RFC 6455 (section 4.2.1) lets it be written: names
 * and tokens in any case, lists over several headers. Spring and Netty are stricter, so the gateway
 * reads it itself and hands Netty the one spelling that Netty understands.
 */
final class Handshake {

  private static final String VERSION_HEADER = "Sec-WebSocket-Version";
  private static final String KEY_HEADER = "Sec-WebSocket-Key";
  private static final String PROTOCOL_HEADER = "Sec-WebSocket-Protocol";

  private static final String VERSION = "13";

  /** RFC 6455, section 4.2.2, and RFC 9110, section 15.5.22. */
  private static final Map<String, String> UPGRADE_REQUIRED =
      Map.of(
          VERSION_HEADER,
          VERSION,
          HttpHeaders.CONNECTION,
          HttpHeaders.UPGRADE,
          HttpHeaders.UPGRADE,
          "websocket");

  private static final int KEY_BYTES = 16;
  private static final int KEY_CHARACTERS = 24;

  private Handshake() {}

  /**
   * What a request is refused with that opens no WebSocket.
   *
   * @param problem the body
   * @param headers that tell the client what would be right
   */
  record Refusal(Problem problem, Map<String, String> headers) {

    /** Writes it as the whole response. */
    Mono<Void> writeTo(ServerHttpResponse response) {
      response.getHeaders().setAll(headers);
      return problem.writeTo(response);
    }
  }

  /** Why this request opens no WebSocket; null if it may. */
  static @Nullable Refusal refusal(ServerHttpRequest request) {
    HttpHeaders headers = request.getHeaders();
    if (!HttpMethod.GET.equals(request.getMethod())) {
      return refusal(
          HttpStatus.METHOD_NOT_ALLOWED,
          "Use GET to open a WebSocket.",
          Map.of(HttpHeaders.ALLOW, "GET"));
    }
    if (!names(headers, HttpHeaders.CONNECTION, "upgrade")
        || !names(headers, HttpHeaders.UPGRADE, "websocket")) {
      return badRequest("This address accepts only WebSocket upgrades.");
    }
    if (!headers.getOrEmpty(VERSION_HEADER).equals(List.of(VERSION))) {
      return refusal(
          HttpStatus.UPGRADE_REQUIRED,
          "The gateway supports only version 13 of WebSocket (RFC 6455).",
          UPGRADE_REQUIRED);
    }
    return isKey(headers.getOrEmpty(KEY_HEADER))
        ? null
        : badRequest("Sec-WebSocket-Key must be 16 bytes in base64.");
  }

  private static Refusal badRequest(String sentence) {
    return refusal(HttpStatus.BAD_REQUEST, sentence, Map.of());
  }

  private static Refusal refusal(HttpStatus status, String sentence, Map<String, String> headers) {
    Problem problem =
        new Problem(
            status.getReasonPhrase(), status.value(), sentence, ErrorCode.BAD_REQUEST, null, null);
    return new Refusal(problem, headers);
  }

  private static boolean names(HttpHeaders headers, String name, String token) {
    return tokens(headers, name).anyMatch(token::equalsIgnoreCase);
  }

  private static boolean isKey(List<String> keys) {
    if (keys.size() != 1 || keys.getFirst().length() != KEY_CHARACTERS) {
      return false;
    }
    try {
      return Base64.getDecoder().decode(keys.getFirst()).length == KEY_BYTES;
    } catch (IllegalArgumentException notBase64) {
      return false;
    }
  }

  /** The subprotocols the client offers, in its order, of all headers. */
  static Stream<String> protocols(HttpHeaders headers) {
    return tokens(headers, PROTOCOL_HEADER);
  }

  private static Stream<String> tokens(HttpHeaders headers, String name) {
    return headers.getOrEmpty(name).stream()
        .flatMap(header -> Stream.of(header.split(",", -1)))
        .map(String::strip)
        .filter(token -> !token.isEmpty());
  }

  /**
   * Writes a request that {@link #refusal} has passed as Netty reads it.
   *
   * @param protocol the subprotocol to be chosen; null for none
   */
  static void normalize(
      io.netty.handler.codec.http.HttpHeaders headers, @Nullable String protocol) {
    headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
    headers.set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET);
    headers.remove(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL);
    if (protocol != null) {
      headers.set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, protocol);
    }
  }
}
