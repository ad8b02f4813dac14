package dev.realtime.gateway.live;

import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.LiveCommand.Moderate;
import dev.realtime.gateway.protocol.LiveEvent.LiveMessage;
import dev.realtime.gateway.store.Database;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The rows of a stream's rules; every method runs in the caller's transaction. */
@Component
final class ModerationRepository {

  private static final String SANCTION =
      """
      insert into live_sanctions (stream_id, user_id, kind, until)
      values (:streamId, :userId, :kind,
        coalesce(clock_timestamp() + make_interval(secs => :seconds), 'infinity'))
      on conflict (stream_id, user_id, kind) do update set until = excluded.until
      returning case when until <> 'infinity' then (extract(epoch from until) * 1000)::bigint end
        as until
      """;

  private static final String LIFT =
      """
      delete from live_sanctions where stream_id = :streamId and user_id = :userId and kind = :kind
      """;

  private static final String COUNT =
      "update streams set rules_rev = rules_rev + 1 where id = :streamId returning rules_rev";

  private static final String ADD_MODERATOR =
      """
      insert into live_moderators (stream_id, user_id) values (:streamId, :userId)
      on conflict do nothing
      """;

  private static final String REMOVE_MODERATOR =
      """
      delete from live_moderators where stream_id = :streamId and user_id = :userId
      """;

  private static final String RECORD =
      """
      insert into live_audit (stream_id, action, user_id, message_id, seconds, done_by)
      values (:streamId, :action, :userId, :messageId, :seconds, :by)
      """;

  private final Database database;

  ModerationRepository(Database database) {
    this.database = database;
  }

  Mono<Void> setSlowMode(String streamId, int seconds) {
    return database
        .sql("update streams set slow_mode = :seconds where id = :streamId")
        .bind("streamId", streamId)
        .bind("seconds", seconds)
        .then();
  }

  /**
   * Puts a user under a sanction, which replaces an earlier one of its kind.
   *
   * @param seconds the duration; null for a sanction without an end
   * @return the change, which does not know yet at which {@code rev} of the stream it is
   */
  Mono<Sanctions.Change> sanction(
      String streamId, String kind, String userId, @Nullable Integer seconds) {
    return database
        .sql(SANCTION)
        .bind("streamId", streamId)
        .bind("userId", userId)
        .bind("kind", kind)
        .bind("seconds", seconds == null ? null : seconds.doubleValue(), Double.class)
        .map(row -> new Sanctions.Sanction(kind, userId, row.optionalNumber("until")))
        .one()
        .flatMap(sanction -> counted(streamId, false, sanction));
  }

  /** Numbers a change of a sanction. */
  private Mono<Sanctions.Change> counted(
      String streamId, boolean lifted, Sanctions.Sanction sanction) {
    return database
        .sql(COUNT)
        .bind("streamId", streamId)
        .map(row -> row.number("rules_rev"))
        .one()
        .map(rev -> new Sanctions.Change(streamId, rev, 0, 0, lifted, sanction));
  }

  /** Ends a sanction of a user, who need not be under one. */
  Mono<Sanctions.Change> lift(String streamId, String kind, String userId) {
    return database
        .sql(LIFT)
        .bind("streamId", streamId)
        .bind("userId", userId)
        .bind("kind", kind)
        .then()
        .then(counted(streamId, true, new Sanctions.Sanction(kind, userId, null)));
  }

  /** Pins a message; null removes the pin. */
  Mono<Void> pin(String streamId, @Nullable LiveMessage message) {
    return database
        .sql("update streams set pinned = :message where id = :streamId")
        .bind("streamId", streamId)
        .bindJson("message", message)
        .then();
  }

  Mono<Void> addModerator(String streamId, String userId) {
    return database.sql(ADD_MODERATOR).bind("streamId", streamId).bind("userId", userId).then();
  }

  Mono<Void> removeModerator(String streamId, String userId) {
    return database.sql(REMOVE_MODERATOR).bind("streamId", streamId).bind("userId", userId).then();
  }

  /** Adds a line to the audit table. */
  Mono<Void> record(String by, Moderate command) {
    String named = command.action().isAboutMessage() ? command.messageId() : null;
    UUID message = named == null ? null : Identifiers.parse(named);
    return database
        .sql(RECORD)
        .bind("streamId", command.streamId())
        .bind("action", command.action().wireName())
        .bind("userId", command.userId(), String.class)
        .bind("messageId", message, UUID.class)
        .bind("seconds", command.seconds(), Integer.class)
        .bind("by", by)
        .then();
  }
}
