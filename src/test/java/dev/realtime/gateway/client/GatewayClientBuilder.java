package dev.realtime.gateway.client;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * How to connect: what the upgrade says about the caller. Made by {@link GatewayClient#builder}.
 */
public final class GatewayClientBuilder {

  /** The protocol's name, offered at every upgrade. */
  public static final String SUBPROTOCOL = "gateway.v1";

  /** One selector thread for all clients; its threads are daemons. */
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final URI uri;
  private final List<String> headers = new ArrayList<>();
  private @Nullable String subprotocolToken;
  private @Nullable String deviceId;

  GatewayClientBuilder(URI uri) {
    this.uri = uri;
  }

  /** Authenticates by {@code Authorization: Bearer}. */
  public GatewayClientBuilder token(String token) {
    return header("Authorization", "Bearer " + token);
  }

  /** Authenticates by the subprotocol {@code bearer.<token>}, as a browser has to. */
  public GatewayClientBuilder tokenInSubprotocol(String token) {
    subprotocolToken = token;
    return this;
  }

  /** Connects as a page of this origin. */
  public GatewayClientBuilder origin(String origin) {
    return header("Origin", origin);
  }

  /** Names the device, by the query parameter {@code deviceId}. */
  public GatewayClientBuilder deviceId(String id) {
    deviceId = id;
    return this;
  }

  /** Adds a header to the upgrade. */
  public GatewayClientBuilder header(String name, String value) {
    headers.add(name);
    headers.add(value);
    return this;
  }

  /** Connects, waiting at most {@link GatewayClient#DEADLINE}. */
  public GatewayClient connect() {
    return connect(GatewayClient.DEADLINE);
  }

  /**
   * Connects. The welcome is not waited for.
   *
   * @throws UpgradeRefusedException if the answer is not 101
   * @throws ClientException if there is no answer
   */
  public GatewayClient connect(Duration deadline) {
    WebSocket.Builder upgrade = HTTP.newWebSocketBuilder().connectTimeout(deadline);
    for (int i = 0; i < headers.size(); i += 2) {
      upgrade.header(headers.get(i), headers.get(i + 1));
    }
    if (subprotocolToken == null) {
      upgrade.subprotocols(SUBPROTOCOL);
    } else {
      upgrade.subprotocols(SUBPROTOCOL, "bearer." + subprotocolToken);
    }
    GatewayClient client = new GatewayClient();
    client.opened(answer(upgrade.buildAsync(target(), client.inbox()), deadline));
    return client;
  }

  private URI target() {
    if (deviceId == null) {
      return uri;
    }
    String separator = uri.getRawQuery() == null ? "?" : "&";
    String encoded = URLEncoder.encode(deviceId, StandardCharsets.UTF_8);
    return URI.create(uri + separator + "deviceId=" + encoded);
  }

  private WebSocket answer(CompletableFuture<WebSocket> upgrade, Duration deadline) {
    try {
      return upgrade.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException failed) {
      throw explained(failed);
    } catch (TimeoutException late) {
      var _ = upgrade.thenAccept(WebSocket::abort);
      throw new ClientException(uri + " did not answer the upgrade within " + deadline, late);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new ClientException("Interrupted while connecting to " + uri, interrupted);
    }
  }

  private RuntimeException explained(ExecutionException failed) {
    if (failed.getCause() instanceof WebSocketHandshakeException refused) {
      Object body = refused.getResponse().body();
      return new UpgradeRefusedException(
          refused.getResponse().statusCode(),
          refused.getResponse().headers().firstValue("Content-Type").orElse(""),
          body instanceof String text ? text : "");
    }
    return new ClientException("Could not connect to " + uri + ": " + failed.getCause(), failed);
  }
}
