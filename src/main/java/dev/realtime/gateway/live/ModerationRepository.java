package dev.realtime.gateway.live;

import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.LiveCommand.Moderate;
import dev.realtime.gateway.protocol.LiveEvent.LiveMessage;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The rules of a stream as rows; everything runs in the caller's transaction. */
@Component
class ModerationRepository {

  private static final String SANCTION =
      """
      insert into live_sanctions (stream_id, user_id, kind, until)
      values ($1, $2, $3, clock_timestamp() + make_interval(secs => $4))
      on conflict (stream_id, user_id, kind) do update set until = excluded.until
      """;

  private static final String RECORD =
      """
      insert into live_audit (stream_id, action, user_id, message_id, seconds, done_by)
      values ($1, $2, $3, $4, $5, $6)
      """;

  private final DatabaseClient database;
  private final EnvelopeCodec codec;

  ModerationRepository(DatabaseClient database, EnvelopeCodec codec) {
    this.database = database;
    this.codec = codec;
  }

  Mono<Void> setSlowMode(String streamId, int seconds) {
    return database
        .sql("update streams set slow_mode = $2 where id = $1")
        .bind("$1", streamId)
        .bind("$2", seconds)
        .then();
  }

  /**
   * Puts a user under a sanction, in the place of an earlier one of the kind.
   *
   * @param seconds how long; null for ever
   */
  Mono<Void> sanction(String streamId, String kind, String userId, @Nullable Integer seconds) {
    DatabaseClient.GenericExecuteSpec statement =
        database.sql(SANCTION).bind("$1", streamId).bind("$2", userId).bind("$3", kind);
    return (seconds == null
            ? statement.bindNull("$4", Double.class)
            : statement.bind("$4", seconds.doubleValue()))
        .then();
  }

  Mono<Void> lift(String streamId, String kind, String userId) {
    return database
        .sql("delete from live_sanctions where stream_id = $1 and user_id = $2 and kind = $3")
        .bind("$1", streamId)
        .bind("$2", userId)
        .bind("$3", kind)
        .then();
  }

  /** Null pins nothing any more. */
  Mono<Void> pin(String streamId, @Nullable LiveMessage message) {
    DatabaseClient.GenericExecuteSpec statement =
        database.sql("update streams set pinned = $2::jsonb where id = $1").bind("$1", streamId);
    return (message == null
            ? statement.bindNull("$2", String.class)
            : statement.bind("$2", codec.writeData(message)))
        .then();
  }

  Mono<Void> addModerator(String streamId, String userId) {
    return database
        .sql(
            "insert into live_moderators (stream_id, user_id) values ($1, $2)"
                + " on conflict do nothing")
        .bind("$1", streamId)
        .bind("$2", userId)
        .then();
  }

  Mono<Void> removeModerator(String streamId, String userId) {
    return database
        .sql("delete from live_moderators where stream_id = $1 and user_id = $2")
        .bind("$1", streamId)
        .bind("$2", userId)
        .then();
  }

  /** Writes down who did what. */
  Mono<Void> record(String by, Moderate command) {
    DatabaseClient.GenericExecuteSpec statement =
        database
            .sql(RECORD)
            .bind("$1", command.streamId())
            .bind("$2", command.action().wireName())
            .bind("$6", by);
    statement = bind(statement, "$3", command.userId(), String.class);
    String named = command.action().isAboutMessage() ? command.messageId() : null;
    UUID message = named == null ? null : Identifiers.parse(named);
    statement = bind(statement, "$4", message, UUID.class);
    return bind(statement, "$5", command.seconds(), Integer.class).then();
  }

  private static <T> DatabaseClient.GenericExecuteSpec bind(
      DatabaseClient.GenericExecuteSpec statement, String name, @Nullable T value, Class<T> type) {
    return value == null ? statement.bindNull(name, type) : statement.bind(name, value);
  }
}
