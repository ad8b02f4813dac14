package dev.realtime.gateway.store;

import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import java.util.UUID;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * What callers have made under a mark of their own, the {@code tempId}: a command that is sent
 * again because its ack was lost makes nothing again. A mark is taken in the transaction that makes
 * the thing, so both are there or neither is.
 */
@Component
public final class Creations {

  // Waits for a command with the same mark that is under way. The update changes nothing: it makes
  // the row visible that the other one has committed meanwhile.
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
   * A caller's mark.
   *
   * @param kind what is made under it: marks of different kinds do not meet
   */
  public record Mark(String kind, String userId, String tempId) {}

  private record Claimed(UUID fingerprint, String made) {}

  /**
   * Takes a mark; in the transaction of the caller's.
   *
   * @param body what is asked for; tells the same command sent again from another one
   * @param id under which it is to be made
   * @return this id where the mark is new: make it now; the id of what was made before otherwise.
   *     Fails with {@code conflict} if the mark was used for another body
   */
  public Mono<String> claim(Mark mark, Object body, String id) {
    UUID fingerprint = Fingerprint.of(StoredJson.write(body));
    return database
        .sql(CLAIM)
        .bind("kind", mark.kind())
        .bind("userId", mark.userId())
        .bind("tempId", mark.tempId())
        .bind("fingerprint", fingerprint)
        .bind("made", id)
        .map(row -> new Claimed(row.id("fingerprint"), row.text("made")))
        .one()
        .filter(claimed -> claimed.fingerprint().equals(fingerprint))
        .switchIfEmpty(
            Mono.error(() ->
                GatewayException.field(
                    ErrorCode.CONFLICT, "tempId", "This tempId has been used for another body.")))
        .map(Claimed::made);
  }

  /** Notes that a thing was there already, under another id. In the transaction of the claim. */
  public Mono<Void> correct(Mark mark, String id) {
    return database
        .sql(CORRECT)
        .bind("kind", mark.kind())
        .bind("userId", mark.userId())
        .bind("tempId", mark.tempId())
        .bind("made", id)
        .then();
  }
}
