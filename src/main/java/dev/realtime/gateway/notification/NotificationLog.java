package dev.realtime.gateway.notification;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.Delivery;
import dev.realtime.gateway.protocol.NotificationEvent.Notification;
import dev.realtime.gateway.room.Frame;
import dev.realtime.gateway.room.FrameEncoder;
import dev.realtime.gateway.room.RoomLog;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.store.Database.Purpose;
import dev.realtime.gateway.store.Failures;
import dev.realtime.gateway.store.Page;
import dev.realtime.gateway.webhook.WebhookOutbox;
import dev.realtime.gateway.webhook.WebhookType;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The log of a user's own room: the notifications in the order of their positions. It skips the
 * positions of notifications that were replaced or have expired.
 */
@Component
final class NotificationLog implements RoomLog {

  private static final int PAGE = 100;

  /** The number of users per query: each new connection needs one position. */
  private static final int GROUP = 1_000;

  private static final int WAITING = 100_000;

  /**
   * The pause between queries, so that about ten connections share a query when many connect at
   * once.
   */
  private static final Duration REST = Duration.ofMillis(5);

  /** The time a connection waits for its position; after that the user's room opens without it. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final NotificationRepository notifications;
  private final FrameEncoder encoder;
  private final WebhookOutbox outbox;
  private final Batcher<RoomId, Long> reader =
      Batcher.named("positions of users")
          .groupsOf(GROUP)
          .waiting(WAITING)
          .resting(REST)
          .calling(rooms -> read(rooms).timeout(PATIENCE));

  NotificationLog(
      NotificationRepository notifications, FrameEncoder encoder, WebhookOutbox outbox) {
    this.notifications = notifications;
    this.encoder = encoder;
    this.outbox = outbox;
  }

  @Override
  public RoomId.Kind kind() {
    return RoomId.Kind.USER;
  }

  /**
   * Returns the last position of each user; 0 for a user without notifications, and none is
   * missing.
   */
  @Override
  public Mono<Map<RoomId, Long>> positions(Collection<RoomId> rooms) {
    if (rooms.size() == 1) {
      RoomId room = rooms.iterator().next();
      return reader.submit(room).map(position -> Map.of(room, position));
    }
    List<RoomId> asked = List.copyOf(rooms);
    return read(asked)
        .map(positions ->
            IntStream.range(0, asked.size())
                .boxed()
                .collect(Collectors.toMap(asked::get, positions::get)))
        .as(Purpose.SAFETY_NET::of);
  }

  /** A user connects although PostgreSQL is down; the notifications follow when it is back. */
  @Override
  public boolean opensLate(Throwable failure) {
    return Failures.isTransient(failure);
  }

  private Mono<List<Long>> read(List<RoomId> rooms) {
    return notifications
        .lastPositions(rooms.stream().map(RoomId::id).collect(Collectors.toSet()))
        .map(known -> rooms.stream().map(room -> known.getOrDefault(room.id(), 0L)).toList());
  }

  @Override
  public Flux<Frame> changesAfter(RoomId room, long rev) {
    return notifications
        .after(room.id(), rev, Long.MAX_VALUE, PAGE)
        .flatMapIterable(Page::items)
        .map(stored -> frame(stored.notification(), stored.position()))
        .as(Purpose.SAFETY_NET::of);
  }

  /** Builds a frame that requests a receipt only if the platform subscribed to the hand-off. */
  Frame frame(Notification notification, long position) {
    boolean receipt = outbox.wants(WebhookType.NOTIFICATION_UNDELIVERED);
    return encoder.encode(notification, new Delivery.Durable(position, receipt));
  }
}
