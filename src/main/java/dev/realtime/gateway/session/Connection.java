package dev.realtime.gateway.session;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.CloseCode;
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
 * One live connection: its identity, and access to its parts. {@link ConnectionRooms} holds its
 * rooms, {@link Lanes} order its commands, {@link Sender} sends, {@link Liveness} records when the
 * client was last heard. All state of a connection lives in these and nowhere else.
 *
 * <p>The connection's event loop sends everything, in the order of the calls. Methods are for any
 * thread unless they name the event loop.
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
  private volatile boolean welcomed;

  // Guarded by this; most connections are idle and have none.
  private @Nullable Lanes lanes;

  /**
   * @param maxRooms rooms that the connection may be in, besides its user's own
   */
  Connection(String id, Outbound outbound, Sender.Terms terms, int maxRooms) {
    this.id = id;
    this.deviceId = id;
    this.sender = new Sender(outbound, terms, () -> rooms().leaveAll());
    this.rooms = new ConnectionRooms(this, sender, maxRooms);
  }

  public String id() {
    return id;
  }

  /** Returns the client's device id; the connection's own id if the client named none. */
  public String deviceId() {
    return deviceId;
  }

  void deviceId(String device) {
    deviceId = device;
  }

  /** Returns the program that the client named; null for none. */
  public SessionCommand.@Nullable Client client() {
    return client;
  }

  /** Returns when the connection was opened; its id contains the time, which saves memory. */
  public Instant connectedAt() {
    return Identifiers.madeAt(UUID.fromString(id));
  }

  /** Returns the caller of this connection; null until it is authenticated. */
  public @Nullable Caller caller() {
    return caller;
  }

  public boolean isAuthenticated() {
    return caller != null;
  }

  /** Returns whether the welcome is sent, which no push may precede. */
  public boolean isWelcomed() {
    return welcomed;
  }

  void welcomed() {
    welcomed = true;
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

  /** Returns the rooms of the connection. */
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
    // The client resumes and then receives the present state of the room.
    close(CloseCode.SERVER_ERROR);
  }

  /**
   * Runs a command, which must not fail, after the earlier commands of its family. Completes when
   * the next command may be read.
   */
  public Mono<Void> inOrder(String family, Mono<Void> command) {
    return lanes().offer(family, command);
  }

  /**
   * Runs work that enters or leaves rooms of a kind after all earlier work of that kind, whatever
   * the family of its command. Completes, or fails, as the work does.
   */
  public Mono<Void> inTurn(RoomId.Kind kind, Mono<Void> work) {
    return lanes().run(kind, work);
  }

  /**
   * Starts a replay after the earlier replays, and completes without waiting for it: the socket
   * paces a replay, which must delay no command. {@link #promised} tells what a failure does.
   */
  public Mono<Void> replay(String what, Mono<Void> replay) {
    return lanes().offer(Lanes.REPLAYS, promised(what, replay));
  }

  /** Completes when all replays started so far have ended. */
  public Mono<Void> afterReplays() {
    return lanes().run(Lanes.REPLAYS, Mono.empty());
  }

  /** Counts an undecodable frame; returns true when there were too many within a minute. */
  public boolean tooManyErrors(int limit) {
    return lanes().tooManyErrors(limit);
  }

  /** Returns whether the gateway reads nothing from the client because commands wait for it. */
  synchronized boolean isReadingPaused() {
    return lanes != null && lanes.areFull();
  }

  private synchronized Lanes lanes() {
    lanes = lanes == null ? new Lanes() : lanes;
    return lanes;
  }

  Liveness liveness() {
    return liveness;
  }

  /** Records that the client has sent something. */
  public void heard() {
    liveness.heard();
  }

  /** Sends waiting frames after a change of the channel's writability. On the event loop. */
  public void writabilityChanged() {
    sender.writabilityChanged();
  }

  /** Pushes an event to this connection alone. */
  public void push(Event event) {
    sender.push(event);
  }

  /** Sends an event as {@link #push} does; completes when it is on its way. */
  Mono<Void> pushed(Event event) {
    return sender.pushed(event);
  }

  /**
   * Sends an answer as soon as no frame waits before it, so that the gateway stops reading from a
   * client that does not read its replies.
   *
   * @param commandId id of the command; null for none
   * @return true as soon as the reply is on its way, or if the connection is gone; false if the
   *     reply had become void
   */
  public Mono<Boolean> answer(@Nullable String commandId, Answer.Telling answer) {
    return sender.answer(commandId, answer);
  }

  /** Refuses a frame; completes when the error is on its way. */
  public Mono<Void> refuse(Inbound inbound, GatewayException why) {
    return sender.refuse(inbound, why);
  }

  /**
   * Sends a frame of a replay as soon as no frame waits before it, unless it is no longer wanted.
   *
   * @param wanted called on the event loop, at the moment the frame would be sent
   * @return completes when the frame is on its way or the connection is gone
   */
  public Mono<Void> paced(Frame frame, BooleanSupplier wanted) {
    return sender.onceOpen(() -> {
      if (wanted.getAsBoolean()) {
        rooms.offer(frame);
      }
    });
  }

  /** Answers a WebSocket ping; completes when the pong is on its way. */
  public Mono<Void> pong(byte[] payload) {
    return sender.pong(payload);
  }

  Sender sender() {
    return sender;
  }

  /**
   * Runs work that the client relies on. If it fails, the connection is closed and the client
   * resumes from what it has, so that it never misses a change unnoticed.
   *
   * @param what name of the work in the log
   */
  public Mono<Void> promised(String what, Mono<Void> work) {
    return work.onErrorResume(failure -> {
      log.warn("Connection {} is closed without {}: {}", id, what, failure.toString());
      close(CloseCode.SERVER_ERROR);
      return Mono.empty();
    });
  }

  /** Returns whether the close frame is on its way, or the channel is gone. */
  public boolean isClosing() {
    return sender.isClosing();
  }

  /** Ends the connection: {@code session:bye}, the close frame, and finally the channel. */
  public void close(CloseCode code) {
    sender.close(code);
  }

  /** Ends the connection with another reason, which the close frame shortens if necessary. */
  public void close(CloseCode code, String words) {
    sender.close(code.bye(words));
  }

  /** Releases everything after the channel is gone. */
  void gone() {
    liveness.end();
    sender.gone();
  }
}
