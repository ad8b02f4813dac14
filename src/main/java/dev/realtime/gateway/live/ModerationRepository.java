package dev.realtime.gateway.live;

import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.LiveCommand.Moderate;
import dev.realtime.gateway.protocol.LiveEvent.LiveMessage;
import dev.realtime.gateway.store.Database;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
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

  private final Database database;
  private final EnvelopeCodec codec;

  ModerationRepository(Database database, EnvelopeCodec codec) {
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
    return database
        .sql(SANCTION)
        .bind("$1", streamId)
        .bind("$2", userId)
        .bind("$3", kind)
        .bind("$4", seconds == null ? null : seconds.doubleValue(), Double.class)
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
    return database
        .sql("update streams set pinned = $2::jsonb where id = $1")
        .bind("$1", streamId)
        .bind("$2", message == null ? null : codec.writeData(message), String.class)
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
    String named = command.action().isAboutMessage() ? command.messageId() : null;
    UUID message = named == null ? null : Identifiers.parse(named);
    return database
        .sql(RECORD)
        .bind("$1", command.streamId())
        .bind("$2", command.action().wireName())
        .bind("$3", command.userId(), String.class)
        .bind("$4", message, UUID.class)
        .bind("$5", command.seconds(), Integer.class)
        .bind("$6", by)
        .then();
  }
}
