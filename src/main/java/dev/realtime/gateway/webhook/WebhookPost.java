package dev.realtime.gateway.webhook;

import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.WireJson;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.timeout.ReadTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.stereotype.Component;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;
import tools.jackson.databind.json.JsonMapper;

/** Posts events to the platform as one signed HTTP request. */
@Component
final class WebhookPost implements AutoCloseable {

  /** Only the status of an answer counts; the client closes the connection of a longer body. */
  private static final int ANSWER_BYTES = 16 * 1024;

  private static final Duration IDLE = Duration.ofSeconds(30);

  /** Time limit for reading the body of an answer, which must be read to reuse the connection. */
  static final Duration DRAIN = Duration.ofSeconds(1);

  /** Signs nothing: without a secret webhooks are off. */
  private static final String UNUSED = WebhookSignature.SECRET_PREFIX + "dW51c2Vk";

  private static final JsonMapper JSON = WireJson.mapper();

  private record Body(
      UUID id, String type, Instant createdAt, String subject, @JsonRawValue String data) {

    static Body of(WebhookEvent event) {
      return new Body(
          event.id(),
          event.type(),
          event.createdAt(),
          WebhookType.idOf(event.subject()),
          event.data());
    }
  }

  private record Bodies(List<Body> events) {}

  private final ConnectionProvider connections;
  private final URI url;
  private final WebClient http;
  private final WebhookSignature signature;
  private final Clock clock;
  private final Duration timeout;
  private final boolean batches;

  WebhookPost(GatewayProperties properties, LoopResources loops, Clock clock) {
    GatewayProperties.Webhook webhook = properties.webhook();
    this.url = URI.create(webhook.url().strip());
    this.timeout = webhook.timeout();
    this.batches = webhook.batch() > 1;
    this.clock = clock;
    this.signature =
        new WebhookSignature(webhook.secret().isEmpty() ? UNUSED : webhook.secret(), clock);
    this.connections =
        ConnectionProvider.builder("webhooks")
            .maxConnections(webhook.concurrency())
            .pendingAcquireMaxCount(webhook.concurrency())
            .maxIdleTime(IDLE)
            .build();
    this.http = client(loops);
  }

  private WebClient client(LoopResources loops) {
    HttpClient client =
        HttpClient.create(connections)
            .runOn(loops)
            .followRedirect(false)
            .responseTimeout(timeout)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(timeout.toMillis()));
    return WebClient.builder()
        .clientConnector(new ReactorClientHttpConnector(client))
        .defaultHeader(HttpHeaders.USER_AGENT, "realtime-gateway")
        .build();
  }

  /**
   * Posts events within the timeout. Never fails: every error becomes a result.
   *
   * @param events of one subject, in order; one unless {@code WEBHOOK_BATCH} permits more
   */
  Mono<WebhookAnswer> send(List<WebhookEvent> events) {
    return Mono.defer(() -> {
      byte[] body = body(events);
      return http.post()
          .uri(url)
          .contentType(MediaType.APPLICATION_JSON)
          .headers(headers -> signature.sign(headers, id(events), body))
          .bodyValue(body)
          .exchangeToMono(this::answer)
          .timeout(timeout.plus(DRAIN))
          .onErrorResume(failure -> Mono.just(failed(failure)));
    });
  }

  private byte[] body(List<WebhookEvent> events) {
    List<Body> bodies = events.stream().map(Body::of).toList();
    return JSON.writeValueAsBytes(batches ? new Bodies(bodies) : bodies.getFirst());
  }

  /**
   * Returns the id of a request. Requests with equal ids have equal events: a receiver that has
   * seen the id before may skip the request.
   */
  private static String id(List<WebhookEvent> events) {
    if (events.size() == 1) {
      return events.getFirst().id().toString();
    }
    String ids = events.stream().map(event -> event.id().toString()).collect(Collectors.joining());
    return UUID.nameUUIDFromBytes(ids.getBytes(StandardCharsets.US_ASCII)).toString();
  }

  private Mono<WebhookAnswer> answer(ClientResponse response) {
    return response
        .bodyToFlux(DataBuffer.class)
        .map(WebhookPost::size)
        .scan(Integer::sum)
        .takeUntil(read -> read > ANSWER_BYTES)
        .then()
        .timeout(DRAIN)
        // The status decides; a body that breaks off or never ends does not matter.
        .onErrorComplete()
        .thenReturn(
            WebhookAnswer.of(response.statusCode(), response.headers().asHttpHeaders(), clock));
  }

  private static int size(DataBuffer buffer) {
    int size = buffer.readableByteCount();
    DataBufferUtils.release(buffer);
    return size;
  }

  private WebhookAnswer failed(Throwable failure) {
    return switch (failure) {
      case TimeoutException _ -> noAnswer();
      case WebClientRequestException unsent
          when unsent.getCause() instanceof ReadTimeoutException
              || unsent.getCause() instanceof ConnectTimeoutException ->
          noAnswer();
      case WebClientRequestException unsent -> down(unsent.getMostSpecificCause());
      default -> down(failure);
    };
  }

  private static WebhookAnswer down(Throwable cause) {
    return WebhookAnswer.without(WebhookAnswer.Kind.DOWN, cause.toString());
  }

  private WebhookAnswer noAnswer() {
    return WebhookAnswer.without(
        WebhookAnswer.Kind.SILENT, "no answer within " + timeout.toMillis() + " ms");
  }

  @Override
  public void close() {
    connections.dispose();
  }
}
