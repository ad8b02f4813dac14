package dev.realtime.gateway.notification;

import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.NewNotification;
import dev.realtime.gateway.protocol.NotificationEvent.Notification;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Query;
import io.r2dbc.postgresql.codec.Json;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The SQL of notifications; its functions are {@code R__*_notifications.sql}. */
@Component
public final class NotificationRepository {

  private static final String ADD =
      "select user_id, id, position, created_at"
          + " from add_notifications($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

  private static final String COLUMNS =
      "select n.id, n.position, n.type, n.title, n.message, n.data, n.collapse_key,"
          + " n.created_at, n.read_at"
          + " from notifications n where n.user_id = $1";

  /** One that was replaced or has expired is told to nobody any more. */
  private static final String CURRENT =
      " and n.replaced_at is null and (n.expires_at is null or n.expires_at > now())";

  private static final String BEFORE =
      COLUMNS
          + " and n.position < $2"
          + CURRENT
          + " and (not $3 or n.read_at is null) order by n.position desc limit $4";

  private static final String AFTER =
      COLUMNS
          + " and n.position > $2 and n.position <= $3"
          + CURRENT
          + " order by n.position limit $4";

  private static final String COUNT_BETWEEN =
      "select count(*) from (select 1 from notifications n where n.user_id = $1"
          + " and n.position > $2 and n.position <= $3"
          + CURRENT
          + " limit $4) counted";

  /**
   * A stored notification.
   *
   * @param position its number among those of its user
   */
  record Stored(long position, Notification notification) {}

  /**
   * What reading did.
   *
   * @param known whether there is such a notification
   * @param changed whether it, or any, was unread
   */
  record Reading(boolean known, boolean changed, long unread) {}

  private final Database database;
  private final EnvelopeCodec codec;

  NotificationRepository(Database database, EnvelopeCodec codec) {
    this.database = database;
    this.codec = codec;
  }

  /**
   * Adds one for each user, in the caller's transaction if there is one.
   *
   * @param userIds without duplicates
   * @param source what it is made from, once per user; null for no such thing
   * @param handOffMillis after how long the platform is told, unless a device has it; null for
   *     never
   */
  Flux<Notified.Place> add(
      NewNotification content,
      Collection<String> userIds,
      @Nullable String source,
      @Nullable Long handOffMillis) {
    String[] users = userIds.toArray(String[]::new);
    UUID[] ids = Stream.generate(Identifiers::next).limit(users.length).toArray(UUID[]::new);
    Query add =
        database
            .sql(ADD)
            .bind("$1", users)
            .bind("$2", ids)
            .bind("$3", content.type())
            .bind("$4", content.title())
            .bind("$5", content.message());
    add = add.bind("$6", data(content), Json.class);
    add = add.bind("$7", content.collapseKey(), String.class);
    add = add.bind("$8", source, String.class);
    add = add.bind("$9", content.expiresAt(), Instant.class);
    add = add.bind("$10", handOffMillis, Long.class);
    return add.map(NotificationRepository::place).all();
  }

  private @Nullable Json data(NewNotification content) {
    return content.data() == null ? null : Json.of(codec.writeData(content.data()));
  }

  private static Notified.Place place(Readable row) {
    return new Notified.Place(
        present(row.get("user_id", String.class)),
        present(row.get("id", UUID.class)),
        present(row.get("position", Long.class)),
        present(row.get("created_at", Instant.class)));
  }

  private static <T> T present(@Nullable T value) {
    return Objects.requireNonNull(value);
  }

  /** Notes a stream whose host's followers are to be told; nothing new if it was noted. */
  Mono<Void> announceStream(String streamId, String hostId, String title) {
    return database
        .sql(
            "insert into stream_announcements (stream_id, host_id, title) values ($1, $2, $3)"
                + " on conflict do nothing")
        .bind("$1", streamId)
        .bind("$2", hostId)
        .bind("$3", title)
        .then();
  }

  /** Below a position, the newest first. */
  Flux<Stored> before(String userId, long position, boolean unreadOnly, int limit) {
    return database
        .sql(BEFORE)
        .bind("$1", userId)
        .bind("$2", position)
        .bind("$3", unreadOnly)
        .bind("$4", limit)
        .map(this::stored)
        .all();
  }

  /** Above a position and up to another one, the oldest first. */
  Flux<Stored> after(String userId, long position, long last, int limit) {
    return database
        .sql(AFTER)
        .bind("$1", userId)
        .bind("$2", position)
        .bind("$3", last)
        .bind("$4", limit)
        .map(this::stored)
        .all();
  }

  private Stored stored(Readable row) {
    Json data = row.get("data", Json.class);
    return new Stored(
        present(row.get("position", Long.class)),
        new Notification(
            present(row.get("id", UUID.class)).toString(),
            present(row.get("type", String.class)),
            present(row.get("title", String.class)),
            present(row.get("message", String.class)),
            data == null ? null : codec.readTree(data.asString()),
            row.get("collapse_key", String.class),
            present(row.get("created_at", Instant.class)),
            row.get("read_at", Instant.class),
            null));
  }

  /** How many {@link #after} would give, counted up to the limit. */
  Mono<Long> countBetween(String userId, long position, long last, int limit) {
    return database
        .sql(COUNT_BETWEEN)
        .bind("$1", userId)
        .bind("$2", position)
        .bind("$3", last)
        .bind("$4", limit)
        .map(row -> present(row.get(0, Long.class)))
        .one();
  }

  Mono<Long> unread(String userId) {
    return database
        .sql("select count_unread($1)")
        .bind("$1", userId)
        .map(row -> present(row.get(0, Long.class)))
        .one();
  }

  /** Of any that was ever the user's; empty if there is none with this id. */
  Mono<Long> position(String userId, UUID id) {
    return database
        .sql("select position from notifications where id = $2 and user_id = $1")
        .bind("$1", userId)
        .bind("$2", id)
        .map(row -> present(row.get(0, Long.class)))
        .one();
  }

  /** The last position of each user; one who was never told anything is missing. */
  Mono<Map<String, Long>> lastPositions(Collection<String> userIds) {
    return database
        .sql("select user_id, last_position from notification_counters where user_id = any ($1)")
        .bind("$1", userIds.toArray(String[]::new))
        .map(row -> Map.entry(present(row.get(0, String.class)), present(row.get(1, Long.class))))
        .all()
        .collectMap(Map.Entry::getKey, Map.Entry::getValue);
  }

  /** Marks one as read, or all where the id is null. */
  Mono<Reading> read(String userId, @Nullable UUID id) {
    Query read =
        database
            .sql("select known, changed, unread from read_notifications($1, $2)")
            .bind("$1", userId);
    return read.bind("$2", id, UUID.class)
        .map(row ->
            new Reading(
                present(row.get("known", Boolean.class)),
                present(row.get("changed", Boolean.class)),
                present(row.get("unread", Long.class))))
        .one();
  }

  /** A device has these. */
  Mono<Void> acknowledge(String userId, List<UUID> ids) {
    return database
        .sql("select acknowledge_notifications($1, $2)::text")
        .bind("$1", userId)
        .bind("$2", ids.toArray(UUID[]::new))
        .then();
  }

  /**
   * Devices of these users have their notifications up to these positions.
   *
   * @param positions one for each user
   */
  public Mono<Void> acknowledge(List<String> userIds, List<Long> positions) {
    return database
        .sql("select acknowledge_positions($1, $2)::text")
        .bind("$1", userIds.toArray(String[]::new))
        .bind("$2", positions.toArray(Long[]::new))
        .then();
  }
}
