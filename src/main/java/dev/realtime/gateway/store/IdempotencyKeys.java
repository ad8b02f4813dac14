package dev.realtime.gateway.store;

import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Calls of the server API that may be sent again: the key, the effect and the answer are one
 * transaction, so there is one effect however often and however many at once the call comes.
 */
@Component
public class IdempotencyKeys implements Sweeping {

  private static final int KEY_LENGTH = 128;
  private static final Duration PRUNING = Duration.ofMinutes(10);

  // Waits for a call with the same key that is under way. What is a day old counts as not there.
  private static final String TAKE =
      """
      insert into idempotency_keys as k (call, key, fingerprint) values ($1, $2, $3)
      on conflict (call, key) do update
      set fingerprint = excluded.fingerprint, answer = null, created_at = now()
      where k.created_at < now() - interval '24 hours'
      """;

  private static final String ANSWER =
      "update idempotency_keys set answer = $3 where call = $1 and key = $2";

  private static final String FIND =
      "select fingerprint, answer from idempotency_keys where call = $1 and key = $2";

  private static final String PRUNE =
      """
      delete from idempotency_keys where ctid = any (array(
        select ctid from idempotency_keys where created_at < now() - interval '24 hours'
        limit $1 for update skip locked))
      """;

  private record Kept(UUID fingerprint, Optional<String> answer) {}

  private final Database database;
  private final EnvelopeCodec codec;
  private final Sweeper sweeper;

  IdempotencyKeys(Database database, EnvelopeCodec codec) {
    this.database = database;
    this.codec = codec;
    this.sweeper =
        Sweeper.forgetting(
            "idempotency keys", PRUNING, most -> database.sql(PRUNE).bind("$1", most));
  }

  /**
   * Has an effect once.
   *
   * @param call which call it is: keys of different calls do not meet
   * @param key null to have the effect whatever was before
   * @param body what was asked; tells the same call sent again from another one
   * @param effect runs in the transaction; its answer is kept for 24 hours
   * @return the answer, the first one where the call was made before; fails with {@code conflict}
   *     if the key was used for another body, with {@code bad_request} if it is no key
   */
  public <T> Mono<T> once(
      String call, @Nullable String key, Object body, Class<T> answer, Mono<T> effect) {
    if (key == null) {
      return database.inTransaction(effect);
    }
    if (key.isEmpty() || key.length() > KEY_LENGTH) {
      return Mono.error(
          GatewayException.badRequest(
              "Idempotency-Key", "An Idempotency-Key has 1 to " + KEY_LENGTH + " characters."));
    }
    UUID fingerprint = fingerprint(codec.writeData(body));
    Mono<T> either =
        take(call, key, fingerprint)
            .flatMap(taken ->
                taken
                    ? effect.flatMap(result -> keep(call, key, result))
                    : kept(call, key, fingerprint, answer));
    return database.inTransaction(either);
  }

  private Mono<Boolean> take(String call, String key, UUID fingerprint) {
    return database
        .sql(TAKE)
        .bind("$1", call)
        .bind("$2", key)
        .bind("$3", fingerprint)
        .rowsUpdated()
        .map(rows -> rows > 0);
  }

  private <T> Mono<T> keep(String call, String key, T answer) {
    return database
        .sql(ANSWER)
        .bind("$1", call)
        .bind("$2", key)
        .bind("$3", codec.writeData(answer))
        .then()
        .thenReturn(answer);
  }

  private <T> Mono<T> kept(String call, String key, UUID fingerprint, Class<T> answer) {
    return database
        .sql(FIND)
        .bind("$1", call)
        .bind("$2", key)
        .map(row ->
            new Kept(
                Objects.requireNonNull(row.get("fingerprint", UUID.class)),
                Optional.ofNullable(row.get("answer", String.class))))
        .one()
        .filter(kept -> kept.fingerprint().equals(fingerprint))
        .switchIfEmpty(
            Mono.error(() ->
                GatewayException.field(
                    ErrorCode.CONFLICT,
                    "Idempotency-Key",
                    "This Idempotency-Key has been used for another body.")))
        .map(kept -> codec.readData(kept.answer().orElseThrow(), answer));
  }

  /** Tells what was asked from anything else. */
  static UUID fingerprint(String body) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      ByteBuffer hash = ByteBuffer.wrap(digest.digest(body.getBytes(StandardCharsets.UTF_8)));
      return new UUID(hash.getLong(), hash.getLong());
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
