package dev.realtime.gateway.client;

import dev.realtime.gateway.protocol.Command;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.protocol.WireJson;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One connection to the gateway. Thread-safe.
 *
 * <pre>{@code
 * try (GatewayClient alice = GatewayClient.builder(uri).token(jwt).connect()) {
 *   alice.call(new ChatCommand.JoinChat("c1", null));
 *   JsonNode ack = alice.call(
 *       new ChatCommand.SendMessage("c1", "hi", "t1", null, null, null, null));
 *   Received push = alice.await("chat:message");
 * }
 * }</pre>
 *
 * <p>Every frame is kept in the order it came ({@link #received}). The waits take frames: each
 * returns the oldest fitting frame that none returned before, so nothing that came early is missed
 * and nothing is seen twice. A reply to a {@link #request} belongs to that request alone.
 */
public final class GatewayClient implements AutoCloseable {

  /** How long a wait lasts that does not say otherwise. */
  public static final Duration DEADLINE = Duration.ofSeconds(10);

  private static final int NORMAL = 1000;
  private static final EnvelopeCodec CODEC = new EnvelopeCodec();
  private static final JsonMapper MAPPER = WireJson.mapper();

  private final FrameLog log = new FrameLog();
  private final SendQueue sends = new SendQueue();
  private final Inbox inbox = new Inbox(this::receive, this::end);
  private final Map<String, CompletableFuture<JsonNode>> pending = new ConcurrentHashMap<>();
  private final CompletableFuture<Received> welcome = new CompletableFuture<>();
  private final CompletableFuture<WebSocket> socket = new CompletableFuture<>();
  private final AtomicLong lastId = new AtomicLong();
  private volatile boolean ended;

  GatewayClient() {}

  /**
   * Prepares a connection.
   *
   * @param uri of the WebSocket, such as {@code ws://localhost:3001/ws}
   */
  public static GatewayClientBuilder builder(URI uri) {
    return new GatewayClientBuilder(uri);
  }

  Inbox inbox() {
    return inbox;
  }

  void opened(WebSocket webSocket) {
    socket.complete(webSocket);
    sends.start();
  }

  /** The subprotocol the gateway chose; empty for none. */
  public String subprotocol() {
    return socket.join().getSubprotocol();
  }

  /**
   * Authenticates a connection whose upgrade brought no token.
   *
   * @return the welcome's data
   */
  public CompletableFuture<JsonNode> authenticate(String token) {
    return request(new SessionCommand.Authenticate(token, null, null));
  }

  /**
   * Sends a command and relates the answer to it.
   *
   * @return the data of the ack; fails with {@link RefusedException} for an error, and with {@link
   *     ClientException} when the connection ends or {@link #DEADLINE} passes without an answer
   */
  public CompletableFuture<JsonNode> request(Command command) {
    String id = Long.toString(lastId.incrementAndGet());
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    pending.put(id, answer);
    if (ended) {
      failPending();
      return answer;
    }
    String what = "the answer to " + CODEC.nameOf(command) + " " + id;
    CompletableFuture.delayedExecutor(DEADLINE.toMillis(), TimeUnit.MILLISECONDS, Runnable::run)
        .execute(() -> giveUp(id, what));
    var _ = enqueue(text(id, command)).exceptionally(failed -> notSent(id, failed));
    return answer;
  }

  private void giveUp(String id, String what) {
    CompletableFuture<JsonNode> answer = pending.remove(id);
    if (answer != null) {
      answer.completeExceptionally(new ClientException(log.complaint(what, DEADLINE)));
    }
  }

  private @Nullable Void notSent(String id, Throwable failed) {
    CompletableFuture<JsonNode> answer = pending.remove(id);
    if (answer != null) {
      answer.completeExceptionally(new ClientException("The command was not sent.", failed));
    }
    return null;
  }

  /**
   * Sends a command and waits for its ack.
   *
   * @throws RefusedException if the answer is an error
   */
  public JsonNode call(Command command) {
    try {
      return request(command).join();
    } catch (CompletionException failed) {
      if (failed.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw failed;
    }
  }

  /**
   * Sends a command that has to be refused.
   *
   * @return the refusal
   * @throws ClientException if the gateway carries it out
   */
  public RefusedException refusal(Command command) {
    JsonNode ack;
    try {
      ack = call(command);
    } catch (RefusedException refused) {
      return refused;
    }
    throw new ClientException(command + " was carried out: " + ack);
  }

  /** Sends a command without an id: it gets no ack, but its error. */
  public void send(Command command) {
    sendText(text(null, command));
  }

  private static String text(@Nullable String id, Command command) {
    return new String(CODEC.encode(id, command), StandardCharsets.UTF_8);
  }

  /** Sends any text as one frame. All sends are queued: none waits, none fails here. */
  public void sendText(String text) {
    var _ = enqueue(text);
  }

  private CompletableFuture<Void> enqueue(String text) {
    return sends.add(() -> socket.join().sendText(text, true));
  }

  /** Sends one message in several WebSocket frames; nothing else comes between them. */
  public void sendFragments(List<String> parts) {
    List<String> copy = List.copyOf(parts);
    var _ = sends.add(() -> fragments(socket.join(), copy, 0));
  }

  private static CompletableFuture<WebSocket> fragments(
      WebSocket socket, List<String> parts, int index) {
    boolean last = index == parts.size() - 1;
    CompletableFuture<WebSocket> sent = socket.sendText(parts.get(index), last);
    return last ? sent : sent.thenCompose(done -> fragments(socket, parts, index + 1));
  }

  /** Sends a binary frame. */
  public void sendBinary(byte[] bytes) {
    byte[] copy = bytes.clone();
    var _ = sends.add(() -> socket.join().sendBinary(ByteBuffer.wrap(copy), true));
  }

  /** Waits for a push of this name, {@link #DEADLINE} at most. */
  public Received await(String event) {
    return await(event, DEADLINE);
  }

  /** Waits for a push of this name. */
  public Received await(String event, Duration deadline) {
    return log.take(event, frame -> frame.event().equals(event), deadline);
  }

  /**
   * Waits for a frame.
   *
   * @return the oldest one that fits and that no wait has returned before
   * @throws ClientException at the deadline or the connection's end; it tells what had arrived
   */
  public Received await(Predicate<Received> wanted, Duration deadline) {
    return log.take("a certain frame", wanted, deadline);
  }

  /** The oldest frame no wait has returned yet, whatever it is. */
  public Received next() {
    return log.take("any frame", frame -> true, DEADLINE);
  }

  /** Everything so far, taken or not, in the order it came. */
  public List<Received> received() {
    return log.snapshot();
  }

  /** Takes everything so far, so that the waits see only what comes from now on. */
  public void skip() {
    log.skip();
  }

  /**
   * Watches for a while that no frame of this name comes; an untaken one counts too.
   *
   * @throws AssertionError if one came
   */
  public void assertSilence(String event, Duration duration) {
    assertSilence(frame -> frame.event().equals(event), duration);
  }

  /** The same for any kind of frame. */
  public void assertSilence(Predicate<Received> unwanted, Duration duration) {
    Received intruder = log.poll(unwanted, duration);
    if (intruder != null) {
      throw new AssertionError("Expected silence, but there came " + intruder.raw());
    }
  }

  /** Tells a listener everything so far, then every frame as it comes; it must not block. */
  public void listen(Consumer<Received> listener) {
    log.listen(listener);
  }

  /** The data of the welcome, waited for if need be. */
  public JsonNode welcome() {
    try {
      return welcome.get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS).data();
    } catch (Exception missing) {
      throw new ClientException(log.complaint("session:welcome", DEADLINE), missing);
    }
  }

  /** The gateway's name for this connection. */
  public String connectionId() {
    return welcome().path("connectionId").asString();
  }

  /** Waits for the end of the connection. */
  public Closed awaitClose(Duration deadline) {
    return log.awaitEnd(deadline);
  }

  /** Stops reading, pings included: the socket stalls once its buffers are full. */
  public void pauseReading() {
    inbox.pause();
  }

  /** Reads on. */
  public void resumeReading() {
    inbox.resume();
  }

  /** Says goodbye with a close frame and waits shortly for the answer. */
  @Override
  public void close() {
    if (ended) {
      return;
    }
    inbox.resume();
    var _ = sends.add(() -> socket.join().sendClose(NORMAL, ""));
    try {
      log.awaitEnd(Duration.ofSeconds(2));
    } catch (ClientException silent) {
      abort();
    }
  }

  /** Cuts the TCP connection without a close frame. */
  public void abort() {
    socket.join().abort();
    end(Closed.abnormally("aborted by this client"));
  }

  private void receive(String text) {
    Received frame = read(text);
    CompletableFuture<JsonNode> answer =
        frame.isReply() && frame.id() != null ? pending.remove(frame.id()) : null;
    log.add(frame, answer != null);
    if (frame.event().equals("session:welcome")) {
      welcome.complete(frame);
    }
    if (answer != null && frame.event().equals("ack")) {
      var _ = answer.completeAsync(frame::data);
    } else if (answer != null) {
      RefusedException refused = new RefusedException(frame.data());
      var _ = CompletableFuture.runAsync(() -> answer.completeExceptionally(refused));
    }
  }

  private static Received read(String text) {
    try {
      JsonNode envelope = MAPPER.readTree(text);
      JsonNode id = envelope.get("id");
      return new Received(
          envelope.path("event").asString(""),
          id == null ? null : id.asString(),
          envelope.path("data"),
          text);
    } catch (JacksonException notJson) {
      return new Received("", null, MAPPER.missingNode(), text);
    }
  }

  private void end(Closed how) {
    ended = true;
    log.end(how);
    sends.end();
    welcome.completeExceptionally(new ClientException("The connection ended: " + how));
    failPending();
  }

  private void failPending() {
    for (String id : List.copyOf(pending.keySet())) {
      giveUp(id, "the answer to command " + id);
    }
  }
}
