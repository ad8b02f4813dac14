package dev.realtime.gateway.store.idempotency;

import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.StoredJson;
import dev.realtime.gateway.store.sweeping.Sweeper;
import dev.realtime.gateway.store.sweeping.Sweeping;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Makes calls of the server API safe to repeat: the idempotency key, the effect and the answer are
 * one transaction, so that there is one effect, however often the call comes.
 */
@Component
public final class IdempotencyKeys implements Sweeping {

  private static final int KEY_LENGTH = 128;
  private static final Duration PRUNING = Duration.ofMinutes(10);

  // Waits for a call with the same key that is in progress, by the lock that GroupedKeys tries. A
  // key
  // of a day ago counts as new.
  private static final String TAKE =
      """
      with locked as materialized (
        select pg_advisory_xact_lock(21064, hashtext(:call || ' ' || :key)))
      insert into idempotency_keys as k (call, key, fingerprint)
      select :call, :key, :fingerprint from locked
      on conflict (call, key) do update
      set fingerprint = excluded.fingerprint, answer = null, created_at = now()
      where k.created_at < now() - interval '24 hours'
      """;

  private static final String ANSWER =
      """
      update idempotency_keys set answer = :answer where call = :call and key = :key
      """;

  private static final String FIND =
      """
      select fingerprint, answer from idempotency_keys where call = :call and key = :key
      """;

  private static final String OLD = "created_at < now() - interval '24 hours'";

  private record Kept(UUID fingerprint, Optional<String> answer) {}

  private final Database database;
  private final Sweeper sweeper;

  IdempotencyKeys(Database database) {
    this.database = database;
    this.sweeper =
        Sweeper.forgetting(
            "idempotency keys", PRUNING, () -> database.deleteSome("idempotency_keys", OLD));
  }

  /**
   * Runs an effect once for a key.
   *
   * @param call the name of the call: the keys of different calls are independent
   * @param key null to run the effect in any case
   * @param body the body of the call, which tells a repeated call from another one
   * @param effect runs in the transaction; its answer is kept for 24 hours
   * @return the answer, of the first call where this one repeats it; fails with {@code conflict} if
   *     the key was used with another body, with {@code bad_request} if it is not a valid key
   */
  public <T> Mono<T> once(
      String call, @Nullable String key, Object body, Class<T> answer, Mono<T> effect) {
    if (key == null) {
      return database.inTransaction(effect);
    }
    return Mono.fromSupplier(() -> fingerprint(key, body))
        .flatMap(fingerprint ->
            database.inTransaction(
                take(call, key, fingerprint)
                    .flatMap(taken ->
                        taken
                            ? effect.flatMap(result -> keep(call, key, result))
                            : kept(call, key, fingerprint, answer))));
  }

  /** Checks a key and returns the fingerprint of its call's body. */
  static UUID fingerprint(String key, Object body) {
    if (key.isEmpty() || key.length() > KEY_LENGTH) {
      throw GatewayException.badRequest(
          "Idempotency-Key", "An Idempotency-Key has 1 to " + KEY_LENGTH + " characters.");
    }
    return Fingerprint.of(StoredJson.write(body));
  }

  static GatewayException conflict() {
    return GatewayException.field(
        ErrorCode.CONFLICT,
        "Idempotency-Key",
        "This Idempotency-Key was already used for another body.");
  }

  private Mono<Boolean> take(String call, String key, UUID fingerprint) {
    return database
        .sql(TAKE)
        .bind("call", call)
        .bind("key", key)
        .bind("fingerprint", fingerprint)
        .rowsUpdated()
        .map(rows -> rows > 0);
  }

  private <T> Mono<T> keep(String call, String key, T answer) {
    return database
        .sql(ANSWER)
        .bind("call", call)
        .bind("key", key)
        .bind("answer", StoredJson.write(answer))
        .then()
        .thenReturn(answer);
  }

  private <T> Mono<T> kept(String call, String key, UUID fingerprint, Class<T> answer) {
    return database
        .sql(FIND)
        .bind("call", call)
        .bind("key", key)
        .map(
            row -> new Kept(row.id("fingerprint"), Optional.ofNullable(row.optionalText("answer"))))
        .one()
        .filter(kept -> kept.fingerprint().equals(fingerprint))
        .switchIfEmpty(Mono.error(IdempotencyKeys::conflict))
        .map(kept -> StoredJson.read(kept.answer().orElseThrow(), answer));
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
