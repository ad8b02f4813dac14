package dev.realtime.gateway.store.idempotency;

import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Row;
import dev.realtime.gateway.store.StoredJson;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Claims the idempotency keys of several calls that share a transaction. A key of a call that is
 * under way elsewhere holds up none of the others: it is reported as {@link Outcome#HELD}, and its
 * call goes through {@link IdempotencyKeys#once}, which waits.
 */
@Component
public final class GroupedKeys {

  // Calls of one key take turns by an advisory lock, because an insert would wait for another call
  // with the key. 21064 is a class of locks of the gateway's own.
  private static final String CLAIM =
      """
      with asked as materialized (
        select u.key, u.fingerprint, u.answer,
               pg_try_advisory_xact_lock(21064, hashtext(:call || ' ' || u.key)) as is_free
        from unnest(:keys, :fingerprints, :answers) as u (key, fingerprint, answer)),
      claimed as (
        insert into idempotency_keys as k (call, key, fingerprint, answer)
        select :call, a.key, a.fingerprint, a.answer from asked a where a.is_free
        on conflict (call, key) do update
        set fingerprint = excluded.fingerprint, answer = excluded.answer, created_at = now()
        where k.created_at < now() - interval '24 hours'
        returning k.key)
      select a.key, a.is_free, exists (select 1 from claimed c where c.key = a.key) as is_new
      from asked a
      """;

  private static final String FINGERPRINTS =
      """
      select key, fingerprint from idempotency_keys where call = :call and key = any (:keys)
      """;

  private static final String RELEASE =
      """
      delete from idempotency_keys where call = :call and key = any (:keys)
      """;

  /**
   * A key to be claimed.
   *
   * @param fingerprint of the body of the call
   * @param answer the answer of the call, as JSON; it has to be known before
   */
  public record Claim(String key, UUID fingerprint, String answer) {

    /** Fails with {@code bad_request} if the key is not valid. */
    public static Claim of(String key, Object body, Object answer) {
      return new Claim(key, IdempotencyKeys.fingerprint(key, body), StoredJson.write(answer));
    }
  }

  /** What became of a claim. */
  public enum Outcome {
    /** The key is new: the call has to do its work in this transaction. */
    NEW,
    /** The call was done before, with the same body and so with the same answer. */
    REPEATED,
    /** The key was used with another body. */
    CONFLICT,
    /** Another transaction may be using the key. */
    HELD
  }

  private record Asked(String key, boolean isFree, boolean isNew) {

    Outcome outcome() {
      if (isNew) {
        return Outcome.NEW;
      }
      return isFree ? Outcome.CONFLICT : Outcome.HELD;
    }
  }

  private final Database database;

  GroupedKeys(Database database) {
    this.database = database;
  }

  /** The refusal for a call with {@link Outcome#CONFLICT}. */
  public static GatewayException conflict() {
    return IdempotencyKeys.conflict();
  }

  /**
   * Claims keys in the caller's transaction.
   *
   * @param call the name of the call: the keys of different calls are independent
   * @param claims each key at most once
   * @return the outcome for each key
   */
  public Mono<Map<String, Outcome>> claim(String call, List<Claim> claims) {
    return database
        .sql(CLAIM)
        .bind("call", call)
        .bindColumn("keys", claims, String.class, Claim::key)
        .bindColumn("fingerprints", claims, UUID.class, Claim::fingerprint)
        .bindColumn("answers", claims, String.class, Claim::answer)
        .map(GroupedKeys::asked)
        .list()
        .flatMap(asked -> compare(call, claims, asked));
  }

  private static Asked asked(Row row) {
    return new Asked(row.text("key"), row.flag("is_free"), row.flag("is_new"));
  }

  /** Reads what was stored under the keys that are neither new nor held. */
  private Mono<Map<String, Outcome>> compare(String call, List<Claim> claims, List<Asked> asked) {
    Map<String, Outcome> outcomes = new HashMap<>();
    asked.forEach(each -> outcomes.put(each.key(), each.outcome()));
    List<Claim> used =
        claims.stream().filter(each -> outcomes.get(each.key()) == Outcome.CONFLICT).toList();
    if (used.isEmpty()) {
      return Mono.just(outcomes);
    }
    return database
        .sql(FINGERPRINTS)
        .bind("call", call)
        .bindColumn("keys", used, String.class, Claim::key)
        .toMap(row -> row.text("key"), row -> row.id("fingerprint"))
        .map(known -> {
          for (Claim each : used) {
            UUID before = known.get(each.key());
            if (before == null) {
              // It was deleted for its age meanwhile.
              outcomes.put(each.key(), Outcome.HELD);
            } else if (before.equals(each.fingerprint())) {
              outcomes.put(each.key(), Outcome.REPEATED);
            }
          }
          return outcomes;
        });
  }

  /** Gives back keys that were new, in the transaction that claimed them. */
  public Mono<Void> release(String call, List<String> keys) {
    return keys.isEmpty()
        ? Mono.empty()
        : database.sql(RELEASE).bind("call", call).bindTexts("keys", keys).then();
  }
}
