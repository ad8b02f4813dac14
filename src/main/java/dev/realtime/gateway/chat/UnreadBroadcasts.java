package dev.realtime.gateway.chat;

import dev.realtime.gateway.bus.RoomBus;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.room.Audience;
import dev.realtime.gateway.room.FrameEncoder;
import dev.realtime.gateway.room.RoomRegistry;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.session.ConnectionRegistry;
import dev.realtime.gateway.work.Conflater;
import dev.realtime.gateway.work.Running;
import dev.realtime.gateway.work.RunningPart;
import dev.realtime.gateway.work.ShutdownOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.json.JsonMapper;

/**
 * Brings unread counts to the users' connections on all instances. All counts of a chat share one
 * message of the bus, and so do the counts of many users who have read. Each instance pushes to
 * those of the users who are connected to it; nothing is published if there is no other instance.
 */
@Component
final class UnreadBroadcasts implements RunningPart, RoomBus.Subscriber {

  private static final Duration WINDOW = Duration.ofMillis(500);

  /** The only key of {@link #windows}. */
  private static final String READ = "read";

  /** The time that the subscription may take at the start. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** The maximum number of users whose counts wait for the end of a window; others get none. */
  private static final int WAITING = 20_000;

  /** The maximum number of entries of one message, which keeps it below about 100 kB. */
  private static final int AT_ONCE = 500;

  private static final RoomId ALL = RoomId.pushes("chat:unread");
  private static final JsonMapper JSON = WireJson.mapper();

  private record Reader(String chatId, String userId) {}

  /**
   * A message of the bus.
   *
   * @param here whether the users of this instance are told too
   */
  private record Broadcast(List<UnreadCounts> counts, boolean here) implements RoomBus.Message {
    @Override
    public byte[] toBytes() {
      return JSON.writeValueAsBytes(counts);
    }
  }

  private final RoomBus bus;
  private final RoomRegistry rooms;
  private final ConnectionRegistry connections;
  private final FrameEncoder encoder;
  private final Conflater<String> windows = new Conflater<>(WINDOW, Schedulers.parallel());
  private final ConcurrentMap<Reader, UnreadCounts> waiting = new ConcurrentHashMap<>();
  private final Running running = new Running(this::listen);

  UnreadBroadcasts(
      RoomBus bus, RoomRegistry rooms, ConnectionRegistry connections, FrameEncoder encoder) {
    this.bus = bus;
    this.rooms = rooms;
    this.connections = connections;
    this.encoder = encoder;
  }

  /** Tells the users on all instances, except their connections in the chat's room. */
  void publish(UnreadCounts counts) {
    bus.publish(ALL, new Broadcast(List.of(counts), true));
  }

  /**
   * Tells the other connections of a user what the user has read: those of this instance at once,
   * those of other instances with the next message, at most half a second later.
   *
   * @param counts of this user alone
   */
  void read(String userId, UnreadCounts counts) {
    if (connections.of(userId).size() > 1) {
      tell(counts);
    }
    if (waiting.size() < WAITING) {
      waiting.put(new Reader(counts.chatId(), userId), counts);
      windows.submit(READ, this::publishRead);
    }
  }

  private void publishRead() {
    List<UnreadCounts> together = new ArrayList<>();
    for (Iterator<UnreadCounts> each = waiting.values().iterator(); each.hasNext(); ) {
      together.add(each.next());
      each.remove();
      if (together.size() == AT_ONCE) {
        bus.publish(ALL, new Broadcast(together, false));
        together = new ArrayList<>();
      }
    }
    if (!together.isEmpty()) {
      bus.publish(ALL, new Broadcast(together, false));
    }
  }

  @Override
  public void received(RoomBus.Message message) {
    if (!(message instanceof Broadcast own)) {
      List.of(JSON.readValue(message.toBytes(), UnreadCounts[].class)).forEach(this::tell);
    } else if (own.here()) {
      own.counts().forEach(this::tell);
    }
  }

  /** Pushes to the users' connections to this instance. */
  private void tell(UnreadCounts counts) {
    dropOlder(counts);
    RoomId chat = RoomId.chat(counts.chatId());
    Audience audience = counts.inRoomToo() ? Audience.everyone() : Audience.outside(chat);
    counts
        .unread()
        .forEach((userId, unread) -> {
          if (isAwaited(userId, counts, chat)) {
            RoomId own = RoomId.user(userId);
            rooms.tell(own, encoder.encode(own, counts.event(unread), audience));
          }
        });
  }

  /** Drops what waits and would bring the users back to an earlier count. */
  private void dropOlder(UnreadCounts counts) {
    if (counts.lastMessage() != null && !waiting.isEmpty()) {
      for (String userId : counts.unread().keySet()) {
        waiting.computeIfPresent(
            new Reader(counts.chatId(), userId),
            (_, own) -> own.lastSeq() < counts.lastSeq() ? null : own);
      }
    }
  }

  /** Returns whether the audience is not empty, before anything is encoded for it. */
  private boolean isAwaited(String userId, UnreadCounts counts, RoomId chat) {
    for (Connection connection : connections.of(userId)) {
      if (counts.inRoomToo() || !connection.isIn(chat)) {
        return true;
      }
    }
    return false;
  }

  /** Does nothing: a count that was lost is stale until the next one of its chat. */
  @Override
  public void interrupted() {}

  private Disposable listen() {
    // The main thread may block before the server accepts connections; without the subscription
    // within this time the instance does not start.
    return Objects.requireNonNull(bus.subscribe(ALL, this).block(PATIENCE));
  }

  @Override
  public Running running() {
    return running;
  }

  @Override
  public ShutdownOrder order() {
    return ShutdownOrder.CLUSTER;
  }
}
