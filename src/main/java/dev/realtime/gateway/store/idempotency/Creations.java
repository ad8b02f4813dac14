package dev.realtime.gateway.store.idempotency;

import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.StoredJson;
import java.util.UUID;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * What users have created under their idempotency keys, the {@code tempId}: a command that is sent
 * again because its reply was lost creates nothing again. A key is claimed in the transaction that
 * creates the thing, so both are stored or neither is.
 */
@Component
public final class Creations {

  // Waits for a command with the same key that is in progress. The update changes nothing: it makes
  // the row visible that the other command has committed meanwhile.
  private static final String CLAIM =
      """
      insert into creations as c (kind, user_id, temp_id, fingerprint, made)
      values (:kind, :userId, :tempId, :fingerprint, :made)
      on conflict (kind, user_id, temp_id) do update set made = c.made
      returning fingerprint, made
      """;

  private static final String CORRECT =
      """
      update creations set made = :made
      where kind = :kind and user_id = :userId and temp_id = :tempId
      """;

  private final Database database;

  Creations(Database database) {
    this.database = database;
  }

  /**
   * A caller's key.
   *
   * @param kind what is made under it: marks of different kinds do not meet
   */
  public record Key(String kind, String userId, String tempId) {}

  private record Claimed(UUID fingerprint, String made) {}

  /**
   * Claims a key, in the caller's transaction.
   *
   * @param body the body of the command, which tells a repeated command from another one
   * @param id of the thing that is to be created
   * @return this id where the key is new, so that the caller creates the thing; else the id of what
   *     was created before. Fails with {@code conflict} if the key was used with another body
   */
  public Mono<String> claim(Key key, Object body, String id) {
    UUID fingerprint = Fingerprint.of(StoredJson.write(body));
    return database
        .sql(CLAIM)
        .bind("kind", key.kind())
        .bind("userId", key.userId())
        .bind("tempId", key.tempId())
        .bind("fingerprint", fingerprint)
        .bind("made", id)
        .map(row -> new Claimed(row.id("fingerprint"), row.text("made")))
        .one()
        .filter(claimed -> claimed.fingerprint().equals(fingerprint))
        .switchIfEmpty(
            Mono.error(() ->
                GatewayException.field(
                    ErrorCode.CONFLICT,
                    "tempId",
                    "This tempId was already used for another body.")))
        .map(Claimed::made);
  }

  /** Notes in the transaction of the claim that the thing existed already, under another id. */
  public Mono<Void> correct(Key key, String id) {
    return database
        .sql(CORRECT)
        .bind("kind", key.kind())
        .bind("userId", key.userId())
        .bind("tempId", key.tempId())
        .bind("made", id)
        .then();
  }
}
