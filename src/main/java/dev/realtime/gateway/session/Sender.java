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
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Sends to one client: replies, pushes and the frames of rooms, up to the close frame. A client
 * that does not take what must arrive is sent away.
 *
 * <p>The channel's event loop writes everything, in the order of the calls. Methods that return
 * nothing and say so have to be called there.
 */
final class Sender {

  /** How long a closing connection may take to read the close frame and answer it. */
  private static final long CLOSE_PATIENCE_SECONDS = 2;

  private final Channel channel;
  private final Outbound outbound;
  private final EnvelopeCodec codec;
  private final Runnable onEnd;
  private volatile boolean closing;

  /**
   * @param onEnd called on the event loop once the close frame is on its way, or the channel gone
   */
  Sender(Channel channel, Outbound outbound, EnvelopeCodec codec, Runnable onEnd) {
    this.channel = channel;
    this.outbound = outbound;
    this.codec = codec;
    this.onEnd = onEnd;
  }

  EventLoop eventLoop() {
    return channel.eventLoop();
  }

  /** Whether the close frame is on its way, or the channel gone: nothing else is sent then. */
  boolean isClosing() {
    return closing;
  }

  /** Sends frames of a room, on the event loop; {@code wire} stays the caller's. */
  void offer(List<Frame> frames, ByteBuf wire) {
    if (!closing && !outbound.offer(frames, wire)) {
      close(CloseCode.SLOW_CONSUMER.bye());
    }
  }

  /** Sends a frame, on the event loop. */
  void offer(Frame frame) {
    if (!closing && !outbound.offer(frame)) {
      close(CloseCode.SLOW_CONSUMER.bye());
    }
  }

  /** Pushes an event, from any thread. */
  void push(Event event) {
    Frame frame = Frame.direct(codec.encode(event));
    eventLoop().execute(() -> offer(frame));
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
    return paced(
            () -> {
              offer(error);
              return true;
            })
        .then();
  }

  /** Answers a WebSocket ping; completes when the pong is on its way. */
  Mono<Void> pong(byte[] payload) {
    return paced(
            () -> {
              outbound.write(ControlFrames.pong(channel.alloc(), payload));
              return true;
            })
        .then();
  }

  /** Sends a WebSocket ping, on the event loop. */
  void ping() {
    outbound.write(ControlFrames.ping());
  }

  /**
   * Writes as soon as nothing waits before it: replies and replays can be many and must never
   * overflow the queue.
   *
   * @param write called on the event loop, unless the connection is gone by then
   * @return what {@code write} gives; true where the connection is gone
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

  /** Completes the caller's wait in any case: a lane stands still until then. */
  private void written(BooleanSupplier write, MonoSink<Boolean> sent) {
    try {
      boolean told = write.getAsBoolean();
      sent.success(told || closing);
    } catch (RuntimeException failure) {
      sent.error(failure);
    }
  }

  /** Called on the event loop when the channel takes more, or less. */
  void writabilityChanged() {
    if (!closing) {
      outbound.writabilityChanged();
    }
  }

  /**
   * Sends {@code session:bye} and the close frame as the last, and in the end closes the channel.
   */
  void close(SessionEvent.Bye bye) {
    eventLoop().execute(() -> closeNow(bye));
  }

  private void closeNow(SessionEvent.Bye bye) {
    if (closing) {
      return;
    }
    closing = true;
    outbound.discard();
    outbound.write(WireFormat.encode(Frame.direct(codec.encode(bye)), channel.alloc()));
    outbound.write(ControlFrames.close(channel.alloc(), bye));
    // The client reads the close frame first, and then ends the connection; or never.
    channel.config().setAutoRead(true);
    var _ = eventLoop().schedule(this::closeChannel, CLOSE_PATIENCE_SECONDS, TimeUnit.SECONDS);
    // Last, since it calls into rooms and features: whatever they do, the connection ends.
    onEnd.run();
  }

  private void closeChannel() {
    var _ = channel.close();
  }

  /** Lets go of everything, on the event loop: the channel is gone. */
  void gone() {
    closing = true;
    onEnd.run();
    outbound.discard();
  }
}
