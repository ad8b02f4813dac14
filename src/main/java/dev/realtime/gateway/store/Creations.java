package dev.realtime.gateway.store;

import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import java.util.Objects;
import java.util.UUID;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * What callers have made under a mark of their own, the {@code tempId}: a command that is sent
 * again because its ack was lost makes nothing again. A mark is taken in the transaction that makes
 * the thing, so both are there or neither is.
 */
@Component
public class Creations {

  // Waits for a command with the same mark that is under way. The update changes nothing: it makes
  // the row visible that the other one has committed meanwhile.
  private static final String CLAIM =
      """
      insert into creations as c (kind, user_id, temp_id, fingerprint, made)
      values ($1, $2, $3, $4, $5)
      on conflict (kind, user_id, temp_id) do update set made = c.made
      returning fingerprint, made
      """;

  private static final String CORRECT =
      "update creations set made = $4 where kind = $1 and user_id = $2 and temp_id = $3";

  private final Database database;
  private final EnvelopeCodec codec;

  Creations(Database database, EnvelopeCodec codec) {
    this.database = database;
    this.codec = codec;
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
    UUID fingerprint = IdempotencyKeys.fingerprint(codec.writeData(body));
    return database
        .sql(CLAIM)
        .bind("$1", mark.kind())
        .bind("$2", mark.userId())
        .bind("$3", mark.tempId())
        .bind("$4", fingerprint)
        .bind("$5", id)
        .map(row ->
            new Claimed(
                Objects.requireNonNull(row.get("fingerprint", UUID.class)),
                Objects.requireNonNull(row.get("made", String.class))))
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
        .bind("$1", mark.kind())
        .bind("$2", mark.userId())
        .bind("$3", mark.tempId())
        .bind("$4", id)
        .then();
  }
}
