package dev.realtime.gateway.client;

import java.net.http.WebSocket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;

/**
 * Sends one thing after the other. {@link java.net.http.WebSocket} forbids a send while another is
 * in flight; here any thread may send at any time, and a send that stalls delays only later ones.
 */
final class SendQueue {

  private record Send(Supplier<CompletableFuture<?>> action, CompletableFuture<Void> done) {}

  private final LinkedBlockingQueue<Send> waiting = new LinkedBlockingQueue<>();
  private final Thread sender = Thread.ofVirtual().name("client-sender").unstarted(this::run);
  private volatile boolean ended;

  void start() {
    sender.start();
  }

  /**
   * Queues a send.
   *
   * @return completes when the transport has taken it
   */
  CompletableFuture<Void> add(Supplier<CompletableFuture<?>> action) {
    Send send = new Send(action, new CompletableFuture<>());
    waiting.add(send);
    if (ended) {
      failWaiting();
    }
    return send.done();
  }

  /** Fails what is queued and everything after it. */
  void end() {
    ended = true;
    sender.interrupt();
    failWaiting();
  }

  private void failWaiting() {
    for (Send send = waiting.poll(); send != null; send = waiting.poll()) {
      send.done().completeExceptionally(new ClientException("The connection has ended."));
    }
  }

  private void run() {
    while (!ended) {
      try {
        carryOut(waiting.take());
      } catch (InterruptedException end) {
        failWaiting();
        return;
      }
    }
  }

  private static void carryOut(Send send) throws InterruptedException {
    try {
      send.action().get().get();
      send.done().complete(null);
    } catch (InterruptedException end) {
      send.done().completeExceptionally(new ClientException("The connection has ended.", end));
      throw end;
    } catch (Exception failed) {
      send.done().completeExceptionally(failed);
    }
  }

  /** Sends a text in several frames, each once the one before it is sent. */
  static CompletableFuture<WebSocket> fragments(WebSocket socket, List<String> parts, int index) {
    boolean last = index == parts.size() - 1;
    CompletableFuture<WebSocket> sent = socket.sendText(parts.get(index), last);
    return last ? sent : sent.thenCompose(done -> fragments(socket, parts, index + 1));
  }
}
