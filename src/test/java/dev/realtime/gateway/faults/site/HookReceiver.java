package dev.realtime.gateway.faults.site;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.realtime.gateway.faults.checker.HookJudge;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The platform's backend as webhooks see it: mostly good, at times slow, failing or silent. */
public final class HookReceiver implements AutoCloseable {

  /** The base64 of 32 bytes. */
  public static final String SECRET = "whsec_YSBzZWNyZXQgb2YgdGhlIGZhdWx0IHN1aXRlLCAzMiE=";

  /** More than a gateway waits for an answer. */
  private static final long SILENCE_MILLIS = 2_500;

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final HookJudge judge;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private volatile boolean calm;
  private volatile boolean away;

  public HookReceiver(HookJudge judge) {
    this.judge = judge;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_000);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    server.setExecutor(threads);
    server.createContext("/hooks", this::receive);
    server.start();
  }

  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/hooks";
  }

  /** From now on it accepts everything at once. */
  public void calm() {
    calm = true;
  }

  public void moody() {
    calm = false;
  }

  /** Refuses everything for the moment, or no more. */
  public void away(boolean isAway) {
    away = isAway;
  }

  private void receive(HttpExchange exchange) throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      judge.authenticate(
          new HookJudge.Request(
              header(exchange, "webhook-id"),
              header(exchange, "webhook-timestamp"),
              header(exchange, "webhook-signature"),
              body),
          Instant.now());
      answer(exchange, events(JSON.readTree(body)));
    }
  }

  private static String header(HttpExchange exchange, String name) {
    String value = exchange.getRequestHeaders().getFirst(name);
    return value == null ? "" : value;
  }

  private static List<JsonNode> events(JsonNode body) {
    if (!body.has("events")) {
      return List.of(body);
    }
    List<JsonNode> events = new ArrayList<>();
    body.path("events").forEach(events::add);
    return events;
  }

  /** Of a hundred requests one has no answer, two a late one, and three are refused. */
  private void answer(HttpExchange exchange, List<JsonNode> events) throws IOException {
    int mood = calm ? 99 : ThreadLocalRandom.current().nextInt(100);
    if (mood == 0) {
      judge.came(events, false);
      rest(SILENCE_MILLIS);
      return;
    }
    if (mood < 3) {
      rest(100 + ThreadLocalRandom.current().nextInt(500));
    }
    boolean accepts = !away && (mood < 3 || mood > 5);
    judge.came(events, accepts);
    exchange.sendResponseHeaders(accepts ? 204 : mood == 3 ? 500 : 503, -1);
  }

  private static void rest(long millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
