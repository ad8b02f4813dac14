package dev.realtime.gateway.session;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.Event;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.Inbound;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.Place;
import dev.realtime.gateway.room.RoomMember;
import dev.realtime.gateway.security.Caller;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * One live connection: who it is, and the way to its parts. {@link ConnectionRooms} knows the rooms
 * it is in, {@link Lanes} order its commands, {@link Sender} sends, {@link Liveness} tells when it
 * was last heard. All state of a connection lives in these and nowhere else.
 *
 * <p>The connection's event loop sends everything, in the order of the calls, and so decides what
 * comes before what. Methods are for any thread unless they name the event loop.
 */
public final class Connection implements RoomMember {

  private static final Logger log = LoggerFactory.getLogger(Connection.class);

  private final String id;
  private final Sender sender;
  private final ConnectionRooms rooms;
  private final Liveness liveness = new Liveness();
  private volatile @Nullable Caller caller;
  private volatile String deviceId;
  private volatile SessionCommand.@Nullable Client client;

  // Both guarded by this; most connections are idle and have no lanes.
  private @Nullable Lanes lanes;
  private boolean leaving;

  /**
   * @param maxRooms rooms that the connection may be in, besides its user's own
   */
  Connection(String id, Channel channel, Outbound outbound, EnvelopeCodec codec, int maxRooms) {
    this.id = id;
    this.deviceId = id;
    this.sender = new Sender(channel, outbound, codec, () -> rooms().leaveAll());
    this.rooms = new ConnectionRooms(this, sender, maxRooms);
  }

  public String id() {
    return id;
  }

  /** The device as the client names it, else the connection's own id. */
  public String deviceId() {
    return deviceId;
  }

  void deviceId(String device) {
    deviceId = device;
  }

  /** The program that the client said it is; null where it said nothing. */
  public SessionCommand.@Nullable Client client() {
    return client;
  }

  /** When the connection was opened. Its id tells: a connection that waits should keep little. */
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
    return sender.eventLoop();
  }

  /** The rooms that the connection is in. */
  public ConnectionRooms rooms() {
    return rooms;
  }

  @Override
  public boolean isIn(RoomId room) {
    return rooms.isIn(room);
  }

  @Override
  public void deliver(List<Frame> frames, ByteBuf wire) {
    sender.offer(frames, wire);
  }

  @Override
  public void deliverOwn(Frame frame, ByteBuf wire) {
    rooms.offer(frame);
  }

  @Override
  public void oweOwn(Frame frame) {
    rooms.owe(frame);
  }

  @Override
  public void evicted(Place place) {
    rooms.evicted(place);
  }

  @Override
  public void outdated(Place place) {
    // The client resumes, and is told what has become of the room.
    close(CloseCode.SERVER_ERROR);
  }

  /**
   * Carries out a command, which must not fail, after those of its family before it. Completes when
   * the next command may be read.
   */
  public Mono<Void> inOrder(String family, Mono<Void> command) {
    return lanes().offer(family, command);
  }

  /**
   * Carries out what enters or leaves rooms of a kind after all such work before it, whatever the
   * family of its command. Completes, or fails, as the work does.
   */
  public Mono<Void> inTurn(RoomId.Kind kind, Mono<Void> work) {
    return lanes().run(kind, work);
  }

  /**
   * Starts a replay after the replays before it, and completes without waiting for it: a replay is
   * paced by the socket and holds up no command. Where it fails the connection is closed, as {@link
   * #promised} describes.
   */
  public Mono<Void> replay(String what, Mono<Void> replay) {
    return lanes().offer(Lanes.REPLAYS, promised(what, replay));
  }

  /** Completes when the replays that have been started so far are over. */
  public Mono<Void> afterReplays() {
    return lanes().run(Lanes.REPLAYS, Mono.empty());
  }

  /** Counts a frame that made no sense; true when there were too many within a minute. */
  public boolean tooManyErrors(int limit) {
    return lanes().tooManyErrors(limit);
  }

  private synchronized Lanes lanes() {
    Lanes present = lanes == null ? new Lanes() : lanes;
    lanes = present;
    return present;
  }

  Liveness liveness() {
    return liveness;
  }

  /** Notes that the client has sent something. */
  public void heard() {
    liveness.heard();
  }

  /** Called on the event loop when the channel takes more, or less. */
  public void writabilityChanged() {
    sender.writabilityChanged();
  }

  /** Pushes an event to this connection alone. */
  public void push(Event event) {
    sender.push(event);
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
    return sender.answer(commandId, answer);
  }

  /** Refuses a frame; completes when the error is on its way. */
  public Mono<Void> refuse(Inbound inbound, GatewayException why) {
    return sender.refuse(inbound, why);
  }

  /**
   * Sends a frame of a replay as soon as nothing waits before it, unless it has lost its point.
   *
   * @param wanted asked on the event loop, at the moment the frame would be sent
   * @return completes when the frame is on its way or the connection is gone
   */
  public Mono<Void> paced(Frame frame, BooleanSupplier wanted) {
    return sender
        .paced(() -> {
          if (wanted.getAsBoolean()) {
            rooms.offer(frame);
          }
          return true;
        })
        .then();
  }

  /** Answers a WebSocket ping; completes when the pong is on its way. */
  public Mono<Void> pong(byte[] payload) {
    return sender.pong(payload);
  }

  /** Sends a WebSocket ping. On the event loop. */
  void ping() {
    if (!isClosing()) {
      liveness.pinged();
      sender.ping();
    }
  }

  /**
   * Runs what the client has been promised. Where it fails the connection is closed and the client
   * resumes from what it has, so that it never misses something in silence.
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

  /** Whether the close frame is on its way, or the channel gone. */
  public boolean isClosing() {
    return sender.isClosing();
  }

  /** Notes that the connection has to go with the instance; false if that was so already. */
  synchronized boolean beginLeaving() {
    boolean first = !leaving;
    leaving = true;
    return first;
  }

  /** Ends the connection: {@code session:bye}, the close frame, and in the end the channel. */
  public void close(CloseCode code) {
    sender.close(code.bye());
  }

  /** Ends the connection in other words; the close frame shows as many of them as fit. */
  public void close(CloseCode code, String words) {
    sender.close(code.bye(words));
  }

  /** Lets go of everything: the channel is gone. */
  void gone() {
    liveness.end();
    sender.gone();
  }
}
