package dev.realtime.gateway.session;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.Event;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.Inbound;
import dev.realtime.gateway.protocol.Reply;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.protocol.SessionEvent;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.MemberChange;
import dev.realtime.gateway.room.Place;
import dev.realtime.gateway.room.RoomMember;
import dev.realtime.gateway.room.WireFormat;
import dev.realtime.gateway.security.Caller;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.Timeout;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;

/**
 * One live connection: who it is, what it is in, and its way out. All state of a connection lives
 * here and nowhere else.
 *
 * <p>Everything sent goes through the event loop in the order of the calls.
 */
public final class Connection implements RoomMember {

  private static final Logger log = LoggerFactory.getLogger(Connection.class);

  /** How long a closing connection may take to read the close frame and answer it. */
  private static final long CLOSE_PATIENCE_SECONDS = 2;

  private final String id;
  private final Channel channel;
  private final Outbound outbound;
  private final EnvelopeCodec codec;
  private final Places places = new Places();
  private final Map<String, Lane> lanes = new ConcurrentHashMap<>(2);
  private volatile @Nullable Caller caller;
  private volatile String deviceId;
  private volatile SessionCommand.@Nullable Client client;
  private volatile boolean closing;
  private boolean leaving;
  private volatile long lastInbound = System.nanoTime();

  /** When the last ping was written; before the first one, when the connection began. */
  private long lastPing = lastInbound - 1;

  private @Nullable Timeout deadline;
  private @Nullable Timeout silenceCheck;
  private long errorWindow;
  private int errors;

  Connection(String id, Channel channel, Outbound outbound, EnvelopeCodec codec, String deviceId) {
    this.id = id;
    this.channel = channel;
    this.outbound = outbound;
    this.codec = codec;
    this.deviceId = deviceId;
  }

  public String id() {
    return id;
  }

  /** The device as the client names it, else the connection's own id. */
  public String deviceId() {
    return deviceId;
  }

  /** What program the client said it is; null where it said nothing. */
  public SessionCommand.@Nullable Client client() {
    return client;
  }

  /** When it was opened. The id tells it: a connection that waits should keep little. */
  public Instant connectedAt() {
    return Identifiers.madeAt(UUID.fromString(id));
  }

  /** Whose connection this is; null until authenticated. */
  public @Nullable Caller caller() {
    return caller;
  }

  public boolean isAuthenticated() {
    return caller != null;
  }

  @Override
  public String userId() {
    Caller known = caller;
    return known == null ? "" : known.userId();
  }

  void authenticated(Caller as, @Nullable String device, SessionCommand.@Nullable Client program) {
    caller = as;
    client = program;
    if (device != null) {
      deviceId = device;
    }
  }

  @Override
  public EventLoop eventLoop() {
    return channel.eventLoop();
  }

  // --- rooms

  @Override
  public boolean isIn(RoomId room) {
    return places.isIn(room);
  }

  /** The place in a room, or null when the connection is not in it. */
  public @Nullable Place membership(RoomId room) {
    return places.in(room);
  }

  /** How many rooms it is in, its user's own among them. */
  public int rooms() {
    return places.size();
  }

  /**
   * Remembers a place taken, and leaves an older one in the same room.
   *
   * @return false if the connection is gone or the place has ended; it has been left then
   */
  public boolean entered(Place membership) {
    Place older = places.add(membership);
    if (older != null) {
      older.leave();
    }
    if (closing) {
      leave(membership.roomId());
    } else if (membership.isEnded()) {
      places.remove(membership);
      tellOwed(membership.roomId());
    }
    return !membership.isEnded();
  }

  /**
   * Remembers a place taken at a state that the connection is about to be told, and tells it first
   * what it has not heard of its user's own membership up to that state: the copies of that, still
   * under way, must not follow what is newer.
   *
   * @param ownChanges frames of the room, ascending
   * @return false if the place is void and has been left: the connection is gone, the place has
   *     ended, or the connection knows of something newer than its state
   */
  public Mono<Boolean> entered(Place place, List<Frame> ownChanges) {
    return Mono.create(
        done -> channel.eventLoop().execute(() -> done.success(enteredNow(place, ownChanges))));
  }

  private boolean enteredNow(Place place, List<Frame> ownChanges) {
    boolean outdated = places.isPast(place.roomId(), place.asOf());
    if (closing || outdated || place.isEnded()) {
      place.leave();
      return false;
    }
    ownChanges.forEach(this::offer);
    return entered(place);
  }

  /** Forgets what it has been told of a room whose numbers have begun anew. */
  public void forget(RoomId room) {
    places.forget(room);
  }

  /** Leaves a room; nothing of it is delivered afterwards. False if it was not in it. */
  public boolean leave(RoomId room) {
    Place membership = places.in(room);
    if (membership == null) {
      return false;
    }
    leave(membership);
    return true;
  }

  private void leaveNow(@Nullable Place place) {
    if (place != null) {
      place.leave();
      places.remove(place);
    }
  }

  @Override
  public void evicted(Place membership) {
    // A newer place in the same room, of one who was let in again, stays.
    places.remove(membership);
    places.owed(membership.roomId()).forEach(this::offer);
  }

  @Override
  public void outdated(Place membership) {
    // It resumes, and is told what has become of the room.
    close(CloseCode.SERVER_ERROR);
  }

  /** Leaves one place; a newer one in the same room stays. */
  public void leave(Place membership) {
    leaveNow(membership);
    tellOwed(membership.roomId());
  }

  /**
   * Ends a place that a newer one in the same room is going to follow; if none does, {@link
   * #leave(Place)} has to. In between the connection still counts as in the room.
   */
  public void supersede(Place place) {
    places.supersede(place);
    place.leave();
  }

  /** What a room has not brought of the user's own membership is told without it. */
  private void tellOwed(RoomId room) {
    if (!closing && places.hasNews()) {
      channel.eventLoop().execute(() -> places.owed(room).forEach(this::offer));
    }
  }

  void leaveAll() {
    places.rooms().forEach(this::leave);
  }

  // --- in

  /** Carries out a command after the ones of its family before it. */
  public Mono<Void> inOrder(String family, Mono<Void> command) {
    return lanes.computeIfAbsent(family, _ -> new Lane()).offer(command);
  }

  /**
   * Carries out what enters or leaves rooms of a kind after all such work before it, whatever the
   * family of its command.
   *
   * @return completes, or fails, as the work does
   */
  public Mono<Void> inTurn(RoomId.Kind rooms, Mono<Void> work) {
    return Mono.defer(() -> {
      Sinks.Empty<Void> end = Sinks.empty();
      // One emitter and one subscriber: neither can be refused.
      Mono<Void> reported =
          work.doOnSuccess(_ -> end.tryEmitEmpty()).doOnError(end::tryEmitError).onErrorComplete();
      return inOrder("rooms " + rooms, reported).then(end.asMono());
    });
  }

  /** The client has sent something: it is alive. */
  public void heard() {
    lastInbound = System.nanoTime();
  }

  long silenceNanos() {
    return System.nanoTime() - lastInbound;
  }

  /** Whether nothing has been heard since the last ping. On the event loop. */
  boolean owesPong() {
    return lastPing - lastInbound >= 0;
  }

  /** Counts a frame that made no sense; true when there were too many within a minute. */
  public boolean tooManyErrors(int limit) {
    long now = System.nanoTime();
    if (errors == 0 || now - errorWindow > TimeUnit.MINUTES.toNanos(1)) {
      errorWindow = now;
      errors = 0;
    }
    errors++;
    return errors >= limit;
  }

  /**
   * Replaces what ends the connection in time: first the wait for a token, then the token's end.
   */
  synchronized void deadline(Timeout next) {
    if (deadline != null) {
      deadline.cancel();
    }
    deadline = next;
    if (closing) {
      next.cancel();
    }
  }

  /** Keeps the next look at how long the client has been silent. */
  synchronized void silenceCheck(Timeout next) {
    silenceCheck = next;
    if (closing) {
      next.cancel();
    }
  }

  /** A timer that has lost its point would keep all this in memory until it is due. */
  private synchronized void cancelTimers() {
    if (deadline != null) {
      deadline.cancel();
      deadline = null;
    }
    if (silenceCheck != null) {
      silenceCheck.cancel();
      silenceCheck = null;
    }
  }

  // --- out

  @Override
  public void deliver(List<Frame> frames, ByteBuf wire) {
    if (!closing && !outbound.offer(frames, wire)) {
      close(CloseCode.SLOW_CONSUMER);
    }
  }

  @Override
  public void deliverOwn(Frame frame, ByteBuf wire) {
    offer(frame);
  }

  @Override
  public void oweOwn(Frame frame) {
    news(frame, false).forEach(this::offerNow);
  }

  /** The frames to send where one has come; not always itself if it is about a membership. */
  private List<Frame> news(Frame frame, boolean inTurn) {
    MemberChange change = frame.change();
    return change == null || !change.userId().equals(userId())
        ? List.of(frame)
        : places.news(frame, change, inTurn);
  }

  private void offer(Frame frame) {
    if (frame.change() == null) {
      offerNow(frame);
    } else {
      news(frame, frame.rev() > 0).forEach(this::offerNow);
    }
  }

  private void offerNow(Frame frame) {
    if (!closing && !outbound.offer(frame)) {
      close(CloseCode.SLOW_CONSUMER);
    }
  }

  /** Pushes an event to this connection alone. */
  public void push(Event event) {
    send(Frame.direct(codec.encode(event)));
  }

  private void send(Frame frame) {
    channel.eventLoop().execute(() -> offer(frame));
  }

  /**
   * Sends an answer as soon as nothing waits before it, so that a client that does not read its
   * replies is not read from either.
   *
   * @param commandId of the command that is answered; null for none
   * @return whether the client was told, as soon as the reply is on its way; false where the answer
   *     had nothing to tell any more. True also where the connection is gone
   */
  public Mono<Boolean> answer(@Nullable String commandId, Answer.Telling answer) {
    if (commandId != null) {
      return told(() -> tell(commandId, answer));
    }
    Mono<? extends Event> alone = answer.withoutId();
    if (alone != null) {
      return alone.flatMap(event -> told(() -> tell(event, answer)));
    }
    return answer.words() instanceof Answer.Words.Known
        ? Mono.just(true)
        : told(() -> answer.words().now() != null);
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

  /** Refuses a frame; completes when the error is on its way. */
  public Mono<Void> refuse(Inbound inbound, GatewayException why) {
    return paced(
        Frame.direct(
            switch (inbound) {
              case Inbound.Accepted a -> codec.encode(a.id(), a.event(), a.tempId(), why);
              case Inbound.Refused r -> codec.encode(r.id(), r.event(), r.tempId(), why);
            }));
  }

  /**
   * Sends a frame as soon as nothing waits before it: for replies and replays, which can be many
   * and must never overflow the queue.
   *
   * @return completes when the frame is on its way or the connection is gone
   */
  public Mono<Void> paced(Frame frame) {
    return paced(frame, () -> true);
  }

  /**
   * The same for a frame that may have lost its point meanwhile.
   *
   * @param wanted asked on the event loop, at the moment the frame would be sent
   */
  public Mono<Void> paced(Frame frame, BooleanSupplier wanted) {
    return paced(() -> {
      if (wanted.getAsBoolean()) {
        offer(frame);
      }
    });
  }

  /** Answers a WebSocket ping; completes when the pong is on its way. */
  public Mono<Void> pong(byte[] payload) {
    return paced(() -> outbound.write(ControlFrames.pong(channel.alloc(), payload)));
  }

  private Mono<Void> paced(Runnable write) {
    return told(
            () -> {
              write.run();
              return true;
            })
        .then();
  }

  /** Writes in the connection's turn to send; gives true also where it is gone. */
  private Mono<Boolean> told(BooleanSupplier write) {
    return Mono.create(sent ->
        channel
            .eventLoop()
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

  /** Sends a WebSocket ping. On the event loop. */
  void ping() {
    if (!closing) {
      lastPing = System.nanoTime();
      outbound.write(ControlFrames.ping());
    }
  }

  /** The channel takes more, or less. Called on the event loop. */
  public void writabilityChanged() {
    if (!closing) {
      outbound.writabilityChanged();
    }
  }

  // --- the end

  /** Whether the close frame is on its way, or the channel gone. */
  public boolean isClosing() {
    return closing;
  }

  /** Notes that it is to go, with the instance; false if that was so already. */
  synchronized boolean beginLeaving() {
    boolean first = !leaving;
    leaving = true;
    return first;
  }

  /** Ends the connection: {@code session:bye}, the close frame, and in the end the channel. */
  public void close(CloseCode code) {
    close(code.bye());
  }

  /** The same in other words; the close frame shows as many of them as fit. */
  public void close(CloseCode code, String words) {
    close(code.bye(words));
  }

  /**
   * Runs what the client has been promised. Where it fails the connection is closed, so that the
   * client resumes from what it has: what it is given has no hole in silence.
   *
   * @param what named in the log
   */
  public Mono<Void> promised(String what, Mono<Void> work) {
    return work.onErrorResume(failure -> {
      log.warn("Connection {} is closed without {}: {}", id, what, failure.toString());
      close(CloseCode.SERVER_ERROR);
      return Mono.empty();
    });
  }

  private void close(SessionEvent.Bye bye) {
    channel.eventLoop().execute(() -> closeNow(bye));
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
    var _ =
        channel.eventLoop().schedule(this::closeChannel, CLOSE_PATIENCE_SECONDS, TimeUnit.SECONDS);
    // Last, since it calls into rooms and features: whatever they do, the connection ends.
    leaveAll();
  }

  private void closeChannel() {
    var _ = channel.close();
  }

  /** The channel is gone. */
  void gone() {
    closing = true;
    cancelTimers();
    leaveAll();
    outbound.discard();
  }
}
