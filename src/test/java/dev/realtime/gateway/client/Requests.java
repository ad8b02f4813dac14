package dev.realtime.gateway.client;

import dev.realtime.gateway.protocol.Command;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The commands of a connection that wait for their answer. Thread-safe. */
final class Requests {

  private static final EnvelopeCodec CODEC = new EnvelopeCodec();

  private final Map<String, Request> waiting = new ConcurrentHashMap<>();
  private final AtomicLong lastId = new AtomicLong();
  private final FrameLog log;
  private final Duration deadline;

  Requests(FrameLog log, Duration deadline) {
    this.log = log;
    this.deadline = deadline;
  }

  /** A command under its id, and its answer once it has come. */
  record Request(String id, Command command, CompletableFuture<JsonNode> answer) {

    /** Tells who waits; on another thread, since this one reads the socket. */
    void answered(Received frame) {
      if (frame.event().equals("ack")) {
        var _ = answer.completeAsync(frame::data);
      } else {
        RefusedException refused = new RefusedException(frame.data());
        var _ = CompletableFuture.runAsync(() -> answer.completeExceptionally(refused));
      }
    }
  }

  /** Gives a command an id; it waits until the deadline. */
  Request add(Command command) {
    String id = Long.toString(lastId.incrementAndGet());
    Request request = new Request(id, command, new CompletableFuture<>());
    waiting.put(id, request);
    CompletableFuture.delayedExecutor(deadline.toMillis(), TimeUnit.MILLISECONDS, Runnable::run)
        .execute(() -> giveUp(id));
    return request;
  }

  /** The request that a frame answers, which waits no more. */
  @Nullable Request take(Received frame) {
    return frame.isReply() && frame.id() != null ? waiting.remove(frame.id()) : null;
  }

  @Nullable Void notSent(Request request, Throwable failed) {
    if (waiting.remove(request.id()) != null) {
      request
          .answer()
          .completeExceptionally(new ClientException("The command was not sent.", failed));
    }
    return null;
  }

  /** Nothing more will come. */
  void giveUpAll() {
    List.copyOf(waiting.keySet()).forEach(this::giveUp);
  }

  private void giveUp(String id) {
    Request request = waiting.remove(id);
    if (request != null) {
      String what = "the answer to " + CODEC.nameOf(request.command()) + " " + id;
      request.answer().completeExceptionally(new ClientException(log.complaint(what, deadline)));
    }
  }
}
