import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Opens a socket, joins a chat, sends one message and prints every frame for ten seconds.
 *
 * <pre>java docs/examples/Chat.java ws://127.0.0.1:3001/ws TOKEN demo "Hello"</pre>
 */
public final class Chat implements WebSocket.Listener {

  private final StringBuilder frame = new StringBuilder();
  private final CountDownLatch closed = new CountDownLatch(1);

  public static void main(String[] arguments) throws Exception {
    if (arguments.length < 3) {
      System.err.println("Usage: java Chat.java <ws url> <token> <chat id> [text]");
      System.exit(2);
    }
    String text = arguments.length > 3 ? arguments[3] : "Hello from Java";
    Chat chat = new Chat();
    WebSocket socket = chat.connect(URI.create(arguments[0]), arguments[1]);
    chat.send(socket, "chat:join", "1", quoted(arguments[2]));
    chat.send(
        socket,
        "chat:message",
        "2",
        "{\"chatId\":" + quoted(arguments[2])
            + ",\"content\":" + quoted(text)
            + ",\"tempId\":" + quoted(UUID.randomUUID().toString()) + "}");
    if (!chat.closed.await(10, TimeUnit.SECONDS)) {
      socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
      chat.closed.await(2, TimeUnit.SECONDS);
    }
    System.exit(0);
  }

  private WebSocket connect(URI uri, String token) {
    try {
      return HttpClient.newHttpClient()
          .newWebSocketBuilder()
          .header("Authorization", "Bearer " + token)
          .subprotocols("gateway.v1")
          .buildAsync(uri, this)
          .join();
    } catch (CompletionException refused) {
      System.err.println("No socket: " + refused.getCause());
      System.exit(1);
      throw refused;
    }
  }

  private void send(WebSocket socket, String event, String id, String data) {
    String command =
        "{\"event\":\"" + event + "\",\"id\":\"" + id + "\",\"data\":" + data + "}";
    System.out.println("-> " + command);
    socket.sendText(command, true).join();
  }

  @Override
  public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
    frame.append(part);
    if (last) {
      System.out.println("<- " + frame);
      frame.setLength(0);
    }
    socket.request(1);
    return CompletableFuture.completedStage(null);
  }

  @Override
  public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
    System.out.println("closed " + code + " " + reason);
    closed.countDown();
    return CompletableFuture.completedStage(null);
  }

  @Override
  public void onError(WebSocket socket, Throwable error) {
    System.err.println("broken: " + error);
    closed.countDown();
  }

  private static String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ') {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }
}
