package dev.realtime.gateway.webhook;

import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.WireJson;
import io.netty.channel.ChannelOption;
import io.netty.handler.timeout.ReadTimeoutException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
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

/** Posts one event to the platform as one signed HTTP request. */
@Component
final class WebhookPost implements AutoCloseable {

  /** Only the status of an answer counts; the client closes the connection of a longer body. */
  private static final int ANSWER_BYTES = 16 * 1024;

  private static final Duration IDLE = Duration.ofSeconds(30);

  /** Time limit for reading the body of an answer, which must be read to reuse the connection. */
  private static final Duration DRAIN = Duration.ofSeconds(1);

  /** Signs nothing: without a secret webhooks are off. */
  private static final String UNUSED = WebhookSignature.SECRET_PREFIX + "dW51c2Vk";

  private static final JsonMapper JSON = WireJson.mapper();

  private record Body(
      UUID id, String type, Instant createdAt, String subject, @JsonRawValue String data) {}

  /**
   * The result of one attempt.
   *
   * @param accepted whether the receiver answered with 2xx
   * @param away whether the receiver is down: no answer, or 502, 503 or 504
   * @param reason why the receiver did not accept the event, for people
   */
  record Answer(boolean accepted, boolean away, String reason) {

    static Answer of(HttpStatusCode status) {
      boolean away = status.value() >= 502 && status.value() <= 504;
      return new Answer(status.is2xxSuccessful(), away, "answered " + status.value());
    }
  }

  private final ConnectionProvider connections;
  private final URI url;
  private final WebClient http;
  private final WebhookSignature signature;
  private final Duration timeout;

  WebhookPost(GatewayProperties properties, LoopResources loops, Clock clock) {
    GatewayProperties.Webhook webhook = properties.webhook();
    this.url = URI.create(webhook.url().strip());
    this.timeout = webhook.timeout();
    this.signature =
        new WebhookSignature(webhook.secret().isEmpty() ? UNUSED : webhook.secret(), clock);
    this.connections =
        ConnectionProvider.builder("webhooks")
            .maxConnections(WebhookDelivery.SUBJECTS)
            .pendingAcquireMaxCount(WebhookDelivery.SUBJECTS)
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

  /** Posts an event within the timeout. Never fails: every error becomes a result. */
  Mono<Answer> send(WebhookEvent event) {
    return Mono.defer(() -> {
      byte[] body =
          JSON.writeValueAsBytes(
              new Body(
                  event.id(),
                  event.type(),
                  event.createdAt(),
                  WebhookType.idOf(event.subject()),
                  event.data()));
      return http.post()
          .uri(url)
          .contentType(MediaType.APPLICATION_JSON)
          .headers(headers -> signature.sign(headers, event.id().toString(), body))
          .bodyValue(body)
          .exchangeToMono(WebhookPost::answer)
          .timeout(timeout.plus(DRAIN))
          .onErrorResume(failure -> Mono.just(new Answer(false, true, reason(failure))));
    });
  }

  private static Mono<Answer> answer(ClientResponse response) {
    HttpStatusCode status = response.statusCode();
    return response
        .bodyToFlux(DataBuffer.class)
        .map(WebhookPost::size)
        .scan(Integer::sum)
        .takeUntil(read -> read > ANSWER_BYTES)
        .then()
        .timeout(DRAIN)
        // The status decides; a body that breaks off or never ends does not matter.
        .onErrorComplete()
        .thenReturn(Answer.of(status));
  }

  private static int size(DataBuffer buffer) {
    int size = buffer.readableByteCount();
    DataBufferUtils.release(buffer);
    return size;
  }

  private String reason(Throwable failure) {
    return switch (failure) {
      case TimeoutException _ -> noAnswer();
      case WebClientRequestException unsent
          when unsent.getCause() instanceof ReadTimeoutException ->
          noAnswer();
      case WebClientRequestException unsent -> String.valueOf(unsent.getMostSpecificCause());
      default -> failure.toString();
    };
  }

  private String noAnswer() {
    return "no answer within " + timeout.toMillis() + " ms";
  }

  @Override
  public void close() {
    connections.dispose();
  }
}
