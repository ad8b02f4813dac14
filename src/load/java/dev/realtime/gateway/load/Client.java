package dev.realtime.gateway.load;

import dev.realtime.gateway.load.report.Count;
import dev.realtime.gateway.load.report.Latency;
import dev.realtime.gateway.load.socket.Dialer;
import dev.realtime.gateway.load.socket.SocketListener;
import dev.realtime.gateway.load.socket.UpgradeRequest;
import dev.realtime.gateway.load.socket.WebSocket;
import dev.realtime.gateway.load.socket.Worker;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection of the run, from its connect to its close. Everything but {@link #open} happens on
 * its event loop.
 */
final class Client implements SocketListener {

  private static final int READY_SECONDS = 10;

  private record Sent(String id, long due) {}

  private final Seat seat;
  private final Stage stage;
  private final Worker worker;
  private final WebSocket socket;
  private final Runnable settled;
  private final Deque<Sent> unanswered = new ArrayDeque<>(1);
  private final @Nullable Sequence sequence;
  private ClientState state = ClientState.WELCOMING;
  private @Nullable ScheduledFuture<?> deadline;
  private Runnable answered = () -> {};
  private long connectDue;
  private int markerAt;
  private int sent;
  private boolean isSettled;

  /**
   * @param settled told once, when it is ready or never will be; when it is to leave at once, after
   *     it left
   */
  Client(Seat seat, Stage stage, Worker worker, UpgradeRequest request, Runnable settled) {
    this.seat = seat;
    this.stage = stage;
    this.worker = worker;
    this.settled = settled;
    this.socket = new WebSocket(request, this, worker);
    LoadRoom room = seat.room();
    this.sequence = room == null || !seat.joins() ? null : new Sequence(room.lanes());
  }

  EventLoop loop() {
    return worker.loop();
  }

  /** Connects. */
  void open(Dialer dialer, long due) {
    loop().execute(() -> openNow(dialer, due));
  }

  private void openNow(Dialer dialer, long due) {
    connectDue = due;
    deadline = loop().schedule(this::late, READY_SECONDS, TimeUnit.SECONDS);
    var _ =
        dialer
            .dial(worker, seat.connection(), socket)
            .addListener((ChannelFuture dialled) -> dialled(dialled.cause()));
  }

  private void dialled(@Nullable Throwable failure) {
    if (failure != null) {
      fail("connect: " + failure.getClass().getSimpleName());
      over();
    }
  }

  private void late() {
    fail("not ready within " + READY_SECONDS + " s: " + state.name().toLowerCase(Locale.ROOT));
    socket.close();
  }

  // --- in

  @Override
  public void text(byte[] frame, int length) {
    if (Inbound.begins(frame, length, stage.talk().push())) {
      delivered(frame, length);
    } else if (Inbound.begins(frame, length, Inbound.ACK)) {
      acknowledged(Inbound.ackId(frame, length));
    } else if (Inbound.begins(frame, length, Inbound.ERROR)) {
      refused(Inbound.errorCode(frame, length));
    } else if (Inbound.begins(frame, length, Inbound.WELCOME) && state == ClientState.WELCOMING) {
      welcomed();
    }
  }

  private void welcomed() {
    LoadRoom room = seat.room();
    if (room == null || !seat.joins()) {
      ready();
    } else {
      state = ClientState.JOINING;
      socket.sendText(stage.talk().join(room.id()));
    }
  }

  private void ready() {
    state = ClientState.READY;
    cancelDeadline();
    worker.tally().count(Count.READY);
    if (stage.timesConnect(connectDue)) {
      worker.tally().took(Latency.CONNECT, stage.clock().now() - connectDue);
    }
    if (stage.leavesWhenReady()) {
      leave();
    } else {
      settle();
    }
  }

  private void delivered(byte[] frame, int length) {
    int at = Marker.find(frame, length, markerAt);
    LoadRoom room = seat.room();
    Sequence seen = sequence;
    if (at < 0 || room == null || seen == null) {
      return;
    }
    markerAt = at;
    int lane = Marker.lane(frame, at);
    if (Marker.room(frame, at) != room.index() || !seen.hasLane(lane)) {
      worker.tally().count(Count.STRAY);
      return;
    }
    note(seen.note(lane, Marker.sequence(frame, at)), Marker.due(frame, at), room);
  }

  private void note(Sequence.Arrival arrival, long due, LoadRoom room) {
    if (arrival == Sequence.Arrival.DUPLICATE) {
      worker.tally().count(Count.DUPLICATE);
      return;
    }
    if (arrival == Sequence.Arrival.LATE) {
      worker.tally().count(Count.OUT_OF_ORDER);
    }
    worker.tally().count(Count.DELIVERED);
    took(Latency.DELIVERY, due);
    room.delivered();
  }

  private void took(Latency latency, long due) {
    if (stage.clock().measures(due)) {
      worker.tally().took(latency, stage.clock().now() - due);
    }
  }

  private void acknowledged(String id) {
    if (state == ClientState.JOINING && id.equals(Talk.JOIN_ID)) {
      Objects.requireNonNull(seat.room()).joined();
      ready();
      return;
    }
    Sent first = unanswered.poll();
    if (first == null || !first.id().equals(id)) {
      worker.tally().count(Count.OUT_OF_ORDER);
    }
    worker.tally().count(Count.ACKNOWLEDGED);
    if (first != null) {
      took(Latency.ACKNOWLEDGEMENT, first.due());
    }
    answered.run();
  }

  /** Until it is ready an error means the join; afterwards the oldest message. */
  private void refused(String code) {
    worker.tally().error(code);
    if (state != ClientState.READY) {
      fail("refused: " + code);
      socket.close();
      return;
    }
    var _ = unanswered.poll();
    worker.tally().count(Count.REFUSED);
    LoadRoom room = Objects.requireNonNull(seat.room());
    worker.tally().add(Count.EXPECTED, -room.members());
    room.refused();
    answered.run();
  }

  @Override
  public void pinged() {
    worker.tally().count(Count.PINGED);
  }

  // --- out

  /** Sends a message that was due at a time of the run's clock; nothing if it is not ready. */
  void say(long due) {
    LoadRoom room = seat.room();
    if (state != ClientState.READY || room == null) {
      return;
    }
    sent++;
    String content = Marker.text(room.index(), seat.lane(), sent, due) + stage.padding();
    if (stage.talk().isAcknowledged()) {
      unanswered.add(new Sent(Integer.toString(sent), due));
    }
    worker.tally().count(Count.SENT);
    worker.tally().add(Count.EXPECTED, room.members());
    socket.sendText(stage.talk().message(room.id(), sent, content));
  }

  /** Who is told of each answer to a message. */
  void whenAnswered(Runnable told) {
    answered = told;
  }

  /** Messages that wait for their answer. */
  int unanswered() {
    return unanswered.size();
  }

  /** A window went on without an answer. */
  void stalled() {
    worker.tally().count(Count.STALLED);
  }

  // --- the end

  /** Ends the connection in order. */
  void leave() {
    if (state != ClientState.GONE) {
      state = ClientState.LEAVING;
      socket.close();
    }
  }

  @Override
  public void gone(int upgradeStatus, int closeCode) {
    if (state == ClientState.READY) {
      worker.tally().closed(closeCode);
    } else if (state != ClientState.LEAVING) {
      fail(upgradeStatus == 0 ? "closed " + closeCode : "upgrade refused: " + upgradeStatus);
    }
    over();
  }

  private void fail(String why) {
    if (state == ClientState.WELCOMING || state == ClientState.JOINING) {
      worker.tally().failure(why);
      state = ClientState.LEAVING;
    }
  }

  private void over() {
    state = ClientState.GONE;
    cancelDeadline();
    settle();
  }

  private void settle() {
    if (!isSettled) {
      isSettled = true;
      settled.run();
    }
  }

  private void cancelDeadline() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }

  /** Whether it was ready and is still there. */
  boolean isReady() {
    return state == ClientState.READY;
  }

  boolean isGone() {
    return state == ClientState.GONE;
  }

  Seat seat() {
    return seat;
  }
}
