package dev.realtime.gateway.session;

import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.Event;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Inbound;
import dev.realtime.gateway.protocol.Reply;
import dev.realtime.gateway.protocol.SessionEvent;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Sends replies, pushes and the frames of rooms to one client, up to the close frame. It closes the
 * connection of a client that is too slow for a frame that must arrive.
 *
 * <p>The channel's event loop writes everything, in the order of the calls. Methods that name the
 * event loop must be called there.
 */
final class Sender {

  /** Time that a closing connection has to read the close frame and answer it. */
  private static final long CLOSE_PATIENCE_SECONDS = 2;

  /**
   * What the connections of an instance share.
   *
   * @param readPatience how long a client may read nothing although a frame waits for it
   * @param byes returns the last event before the close frame of a code
   */
  record Terms(
      EnvelopeCodec codec,
      OutboundQueue.Bounds bounds,
      Duration readPatience,
      Function<CloseCode, SessionEvent.Bye> byes) {}

  private final Channel channel;
  private final Outbound outbound;
  private final EnvelopeCodec codec;
  private final Duration readPatience;
  private final Function<CloseCode, SessionEvent.Bye> byes;
  private final Runnable onEnd;
  // Made at the first frame that does not leave at once; most connections never need it.
  private @Nullable ReadWatch readWatch;
  private volatile boolean closing;

  /**
   * @param onEnd called on the event loop once the close frame is on its way, or the channel is
   *     gone
   */
  Sender(Outbound outbound, Terms terms, Runnable onEnd) {
    this.channel = outbound.channel();
    this.outbound = outbound;
    this.codec = terms.codec();
    this.readPatience = terms.readPatience();
    this.byes = terms.byes();
    this.onEnd = onEnd;
  }

  EventLoop eventLoop() {
    return channel.eventLoop();
  }

  /**
   * Returns whether the close frame is on its way, or the channel is gone; no frame follows then.
   */
  boolean isClosing() {
    return closing;
  }

  /** Sends frames of a room, on the event loop; the caller still owns {@code wire}. */
  void offer(List<Frame> frames, ByteBuf wire) {
    if (!closing && !outbound.offer(frames, wire)) {
      close(CloseCode.SLOW_CONSUMER);
    }
  }

  /** Sends a frame, on the event loop. */
  void offer(Frame frame) {
    if (!closing && !outbound.offer(frame)) {
      close(CloseCode.SLOW_CONSUMER);
    }
  }

  /** Pushes an event, from any thread. */
  void push(Event event) {
    Frame frame = Frame.direct(codec.encode(event));
    eventLoop().execute(() -> offer(frame));
  }

  /** Sends an event as {@link Connection#pushed} describes it. */
  Mono<Void> pushed(Event event) {
    Frame frame = Frame.direct(codec.encode(event));
    return onceOpen(() -> offer(frame));
  }

  /** Sends an answer as {@link Connection#answer} describes it. */
  Mono<Boolean> answer(@Nullable String commandId, Answer.Telling answer) {
    if (commandId != null) {
      return paced(() -> tell(commandId, answer));
    }
    Mono<? extends Event> alone = answer.withoutId();
    if (alone != null) {
      return alone.flatMap(event -> paced(() -> tell(event, answer)));
    }
    return answer.words() instanceof Answer.Words.Known
        ? Mono.just(true)
        : paced(() -> answer.words().now() != null);
  }

  private boolean tell(String commandId, Answer.Telling answer) {
    Reply reply = answer.words().now();
    if (reply == null) {
      return false;
    }
    offer(Frame.direct(codec.encode(commandId, reply)));
    Event push = answer.push();
    if (push != null) {
      offer(Frame.direct(codec.encode(push)));
    }
    return true;
  }

  private boolean tell(Event event, Answer.Telling answer) {
    boolean told = answer.words().now() != null;
    if (told) {
      offer(Frame.direct(codec.encode(event)));
    }
    return told;
  }

  /** Sends the error that refuses a frame; completes when it is on its way. */
  Mono<Void> refuse(Inbound inbound, GatewayException why) {
    Frame error =
        Frame.direct(
            switch (inbound) {
              case Inbound.Accepted a -> codec.encode(a.id(), a.event(), a.tempId(), why);
              case Inbound.Refused r -> codec.encode(r.id(), r.event(), r.tempId(), why);
            });
    return onceOpen(() -> offer(error));
  }

  /** Answers a WebSocket ping; completes when the pong is on its way. */
  Mono<Void> pong(byte[] payload) {
    return onceOpen(() -> outbound.write(ControlFrames.pong(channel.alloc(), payload)));
  }

  /** Takes a pong, on the event loop, and returns the revs of the frames that it confirms. */
  List<Long> confirm(long rev) {
    return outbound.confirm(rev);
  }

  /** Sends a WebSocket ping, on the event loop. */
  void ping() {
    outbound.write(ControlFrames.ping());
  }

  /** Writes as {@link #paced} does; completes when that is done, or the connection is gone. */
  Mono<Void> onceOpen(Runnable write) {
    return paced(
            () -> {
              write.run();
              return true;
            })
        .then();
  }

  /**
   * Writes as soon as no frame waits, since replies and replays can be many and must never overflow
   * the queue.
   *
   * @param write called on the event loop, unless the connection is gone by then
   * @return the result of {@code write}; true if the connection is gone
   */
  Mono<Boolean> paced(BooleanSupplier write) {
    return Mono.create(sent ->
        eventLoop()
            .execute(() -> {
              if (closing) {
                sent.success(true);
              } else {
                outbound.whenOpen(() -> written(write, sent));
              }
            }));
  }

  /** Completes the caller's wait in any case, because its lane stands still until then. */
  private void written(BooleanSupplier write, MonoSink<Boolean> sent) {
    try {
      boolean told = write.getAsBoolean();
      sent.success(told || closing);
    } catch (RuntimeException failure) {
      sent.error(failure);
    }
  }

  /** Sends waiting frames after a change of the channel's writability. On the event loop. */
  void writabilityChanged() {
    if (!closing) {
      if (readWatch == null) {
        readWatch = new ReadWatch(channel, readPatience, () -> close(CloseCode.SLOW_CONSUMER));
      }
      readWatch.writabilityChanged();
      outbound.writabilityChanged();
    }
  }

  /**
   * Sends {@code session:bye} and the close frame as the last frames, and finally closes the
   * channel.
   */
  void close(CloseCode code) {
    close(byes.apply(code));
  }

  /** Closes with these last words, as {@link #close(CloseCode)} does. */
  void close(SessionEvent.Bye bye) {
    eventLoop().execute(() -> closeNow(bye));
  }

  private void closeNow(SessionEvent.Bye bye) {
    if (closing) {
      return;
    }
    closing = true;
    endWatch();
    outbound.discard();
    outbound.write(WireFormat.encode(Frame.direct(codec.encode(bye)), channel.alloc()));
    outbound.write(ControlFrames.close(channel.alloc(), bye));
    // The client reads the close frame first and then ends the connection, or never does.
    channel.config().setAutoRead(true);
    var _ = eventLoop().schedule(this::closeChannel, CLOSE_PATIENCE_SECONDS, TimeUnit.SECONDS);
    // Called last, because it calls rooms and features: the connection ends even if they fail.
    onEnd.run();
  }

  private void closeChannel() {
    var _ = channel.close();
  }

  /** Releases everything after the channel is gone, on the event loop. */
  void gone() {
    closing = true;
    endWatch();
    onEnd.run();
    outbound.discard();
  }

  private void endWatch() {
    if (readWatch != null) {
      readWatch.stop();
    }
  }
}
