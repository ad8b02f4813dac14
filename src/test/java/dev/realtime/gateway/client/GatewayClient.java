package dev.realtime.gateway.client;

import dev.realtime.gateway.protocol.Command;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.SessionCommand;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One connection to the gateway. Thread-safe.
 *
 * <pre>{@code
 * try (GatewayClient alice = GatewayClient.builder(uri).token(jwt).connect()) {
 *   alice.call(Commands.join("c1"));
 *   JsonNode ack = alice.call(Commands.message("c1", "hi"));
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

  private final FrameLog log = new FrameLog();
  private final SendQueue sends = new SendQueue();
  private final Inbox inbox = new Inbox(this::receive, this::end);
  private final Requests requests = new Requests(log, DEADLINE);
  private final CompletableFuture<Received> welcome = new CompletableFuture<>();
  private final CompletableFuture<WebSocket> socket = new CompletableFuture<>();
  private volatile boolean ended;

  GatewayClient() {}

  /** Prepares a connection to a WebSocket, such as {@code ws://localhost:3001/ws}. */
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
   * Authenticates a connection whose upgrade brought no token; the answer is the welcome's data.
   */
  public CompletableFuture<JsonNode> authenticate(String token) {
    return request(new SessionCommand.Authenticate(token, null, null));
  }

  /**
   * Sends a command and relates the answer to it.
   *
   * @return the data of the ack; fails with {@link RefusedException} for an error, and with {@link
   *     ClientException} when the connection or {@link #DEADLINE} ends without an answer
   */
  public CompletableFuture<JsonNode> request(Command command) {
    Requests.Request request = requests.add(command);
    if (ended) {
      requests.giveUpAll();
    } else {
      var _ =
          enqueue(text(request.id(), command))
              .exceptionally(failed -> requests.notSent(request, failed));
    }
    return request.answer();
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

  /** Sends a command that has to be refused, and returns the refusal. */
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
    var _ = sends.add(() -> SendQueue.fragments(socket.join(), copy, 0));
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

  /** Watches for a while that no frame of this name comes; an untaken one counts too. */
  public void assertSilence(String event, Duration duration) {
    assertSilence(frame -> frame.event().equals(event), duration);
  }

  /** Watches for a while that no unwanted frame comes; an untaken one counts too. */
  public void assertSilence(Predicate<Received> unwanted, Duration duration) {
    Received intruder = log.poll(unwanted, duration);
    if (intruder != null) {
      throw new AssertionError("Expected silence, but there came " + intruder.raw());
    }
  }

  /**
   * Waits for a marker, a frame that the gateway sends after everything that must not come, and
   * checks that nothing unwanted came before it; an untaken frame counts too.
   *
   * @return the marker
   * @throws AssertionError if something unwanted came
   */
  public Received assertNothingBefore(Predicate<Received> marker, Predicate<Received> unwanted) {
    Received last = await(marker, DEADLINE);
    assertSilence(unwanted, Duration.ZERO);
    return last;
  }

  /** Waits for a marker of one name, and checks that no frame of another name came before it. */
  public Received assertNothingBefore(String marker, String unwanted) {
    return assertNothingBefore(
        frame -> frame.event().equals(marker), frame -> frame.event().equals(unwanted));
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
    Received frame = Received.read(text);
    Requests.Request request = requests.take(frame);
    log.add(frame, request != null);
    if (frame.event().equals("session:welcome")) {
      welcome.complete(frame);
    }
    if (request != null) {
      request.answered(frame);
    }
  }

  private void end(Closed how) {
    ended = true;
    log.end(how);
    sends.end();
    welcome.completeExceptionally(new ClientException("The connection ended: " + how));
    requests.giveUpAll();
  }
}
