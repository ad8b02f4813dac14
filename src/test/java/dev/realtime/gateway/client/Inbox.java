package dev.realtime.gateway.client;

import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a WebSocket one frame at a time, so that reading can be paused: then nothing is asked for,
 * the socket's buffers fill, and the gateway sees a stalled client.
 */
final class Inbox implements WebSocket.Listener {

  private final Consumer<String> onText;
  private final Consumer<Closed> onEnd;
  private final StringBuilder partial = new StringBuilder();
  private boolean paused;
  private boolean owed;
  private @Nullable WebSocket socket;

  Inbox(Consumer<String> onText, Consumer<Closed> onEnd) {
    this.onText = onText;
    this.onEnd = onEnd;
  }

  synchronized void pause() {
    paused = true;
  }

  synchronized void resume() {
    paused = false;
    if (owed && socket != null) {
      owed = false;
      socket.request(1);
    }
  }

  private synchronized void askForMore(WebSocket webSocket) {
    socket = webSocket;
    if (paused) {
      owed = true;
    } else {
      webSocket.request(1);
    }
  }

  @Override
  public void onOpen(WebSocket webSocket) {
    askForMore(webSocket);
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
    // First, so that who pauses after seeing a frame knows that one more is under way. The next
    // one comes after this call has returned.
    askForMore(webSocket);
    partial.append(data);
    if (last) {
      String text = partial.toString();
      partial.setLength(0);
      onText.accept(text);
    }
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
    askForMore(webSocket);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onPing(WebSocket webSocket, ByteBuffer message) {
    askForMore(webSocket);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onPong(WebSocket webSocket, ByteBuffer message) {
    askForMore(webSocket);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
    onEnd.accept(new Closed(code, reason));
    return null;
  }

  @Override
  public void onError(WebSocket webSocket, Throwable error) {
    onEnd.accept(Closed.abnormally(String.valueOf(error)));
  }
}
