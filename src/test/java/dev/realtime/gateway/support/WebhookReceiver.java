package dev.realtime.gateway.support;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.realtime.gateway.protocol.WireJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToIntFunction;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The platform's backend as webhooks see it: a small HTTP server that keeps what it is told. */
public final class WebhookReceiver implements AutoCloseable {

  /** Signs what is posted: base64 of "webhook-secret-of-the-tests-0123". */
  public static final String SECRET = "whsec_d2ViaG9vay1zZWNyZXQtb2YtdGhlLXRlc3RzLTAxMjM=";

  private static final String ALGORITHM = "HmacSHA256";
  private static final int ACCEPTED = 204;

  /**
   * An event that was posted.
   *
   * @param key the {@code webhook-id} of the request
   * @param status how it was answered
   */
  public record Post(
      String key,
      String timestamp,
      String signature,
      String body,
      JsonNode event,
      int status,
      Instant takenAt) {

    /** The event's id. */
    public String id() {
      return event.get("id").asString();
    }

    /** The same with another time. */
    public Post at(String time) {
      return new Post(key, time, signature, body, event, status, takenAt);
    }

    /** The same with another signature. */
    public Post signedBy(String other) {
      return new Post(key, timestamp, other, body, event, status, takenAt);
    }

    /** The same with the signature that it should have. */
    public Post signedAnew() {
      return signedBy("v1," + hmac(key + "." + timestamp + "." + body));
    }

    /** Whether the signature is that of this body; it holds for a minute. */
    public boolean isSigned() {
      Instant signedAt = Instant.ofEpochSecond(Long.parseLong(timestamp));
      return signature.equals(signedAnew().signature())
          && Duration.between(signedAt, takenAt).abs().compareTo(Duration.ofMinutes(1)) < 0;
    }

    private static String hmac(String text) {
      try {
        byte[] key = Base64.getDecoder().decode(SECRET.substring("whsec_".length()));
        Mac mac = Mac.getInstance(ALGORITHM);
        mac.init(new SecretKeySpec(key, ALGORITHM));
        return Base64.getEncoder()
            .encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
      } catch (GeneralSecurityException impossible) {
        throw new AssertionError(impossible);
      }
    }

    /** A field of the event. */
    public String text(String name) {
      return event.path(name).asString("");
    }

    /** A field of the event's data. */
    public JsonNode data(String name) {
      return event.get("data").path(name);
    }
  }

  private final Queue<Post> posts = new ConcurrentLinkedQueue<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private volatile ToIntFunction<JsonNode> answer = _ -> ACCEPTED;
  private volatile Duration work = Duration.ZERO;
  private volatile @Nullable String retryAfter;
  private volatile boolean breaksOff;
  private volatile @Nullable HttpServer server;
  private final int port;

  /** Listens on a free port of this machine, and accepts. */
  public WebhookReceiver() {
    port = open(0);
  }

  private int open(int wanted) {
    try {
      HttpServer opened =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted), 100);
      opened.setExecutor(threads);
      opened.createContext("/hooks", this::take);
      opened.start();
      server = opened;
      return opened.getAddress().getPort();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private void take(HttpExchange exchange) throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      LockSupport.parkNanos(work.toNanos());
      JsonNode told = WireJson.mapper().readTree(body);
      List<JsonNode> events =
          told.has("events") ? told.get("events").valueStream().toList() : List.of(told);
      int status =
          events.stream()
              .mapToInt(event -> answer.applyAsInt(event))
              .filter(given -> given >= 300)
              .findFirst()
              .orElse(ACCEPTED);
      keep(exchange, body, events, status);
      String wait = retryAfter;
      if (status >= 300 && wait != null) {
        exchange.getResponseHeaders().set("Retry-After", wait);
      }
      exchange.sendResponseHeaders(status, breaksOff ? 100 : -1);
      if (breaksOff) {
        exchange.getResponseBody().write(1);
        exchange.getResponseBody().flush();
      }
    }
  }

  private void keep(HttpExchange exchange, String body, List<JsonNode> events, int status) {
    Headers headers = exchange.getRequestHeaders();
    String key = headers.getFirst("webhook-id");
    String timestamp = headers.getFirst("webhook-timestamp");
    String signature = headers.getFirst("webhook-signature");
    Instant now = Instant.now();
    events.forEach(
        event -> posts.add(new Post(key, timestamp, signature, body, event, status, now)));
  }

  /** Takes this long for each request from now on, whatever is in it. */
  public void work(Duration time) {
    work = time;
  }

  /** What refusals ask for from now on. */
  public void retryAfter(String value) {
    retryAfter = value;
  }

  /** How events are answered from now on; may wait. */
  public void answer(ToIntFunction<JsonNode> status) {
    answer = status;
  }

  /** From now on answers promise a body that never comes. */
  public void breakOff() {
    breaksOff = true;
  }

  /** Accepts everything from now on. */
  public void accept() {
    answer = _ -> ACCEPTED;
  }

  /** Closes the port: nobody answers. */
  public void goAway() {
    HttpServer current = server;
    if (current != null) {
      current.stop(0);
      server = null;
    }
  }

  /** Ends {@link #goAway}. */
  public void comeBack() {
    open(port);
  }

  /** The settings of a gateway that posts here what is asked for. */
  public String[] settings(String events, String... more) {
    List<String> own =
        List.of(
            "WEBHOOK_URL=http://127.0.0.1:" + port + "/hooks",
            "WEBHOOK_SECRET=" + SECRET,
            "WEBHOOK_EVENTS=" + events);
    return java.util.stream.Stream.concat(own.stream(), List.of(more).stream())
        .toArray(String[]::new);
  }

  /** Everything that came so far, however it was answered. */
  public List<Post> posts() {
    return List.copyOf(posts);
  }

  /** What was accepted so far. */
  public List<Post> accepted() {
    return posts().stream().filter(post -> post.status() < 300).toList();
  }

  /** What was accepted of a subject so far. */
  public List<Post> accepted(String subject) {
    return accepted().stream().filter(post -> post.text("subject").equals(subject)).toList();
  }

  @Override
  public void close() {
    goAway();
    threads.shutdownNow();
  }
}
