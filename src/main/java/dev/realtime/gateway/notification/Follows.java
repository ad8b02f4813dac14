package dev.realtime.gateway.notification;

import dev.realtime.gateway.store.Database;
import java.util.List;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The follows between users, as the platform reports them. */
@Component
public final class Follows {

  private static final String ADD =
      """
      insert into follows (user_id, followed_id) values (:userId, :followedId)
      on conflict do nothing
      """;

  private static final String REMOVE =
      """
      delete from follows where user_id = :userId and followed_id = :followedId
      """;

  private static final String FOLLOWERS =
      """
      select user_id from follows where followed_id = :followedId and user_id > :after
      order by user_id limit :limit
      """;

  private final Database database;

  Follows(Database database) {
    this.database = database;
  }

  /**
   * Adds a follow: the user is notified when the other user starts a stream. Does nothing if it
   * exists.
   */
  public Mono<Void> add(String userId, String followedId) {
    return change(ADD, userId, followedId);
  }

  /** Removes a follow, which ends the notifications; does nothing if there is none. */
  public Mono<Void> remove(String userId, String followedId) {
    return change(REMOVE, userId, followedId);
  }

  private Mono<Void> change(String sql, String userId, String followedId) {
    return database.sql(sql).bind("userId", userId).bind("followedId", followedId).then();
  }

  /** Returns followers in the order of their ids, starting after the given id. */
  Mono<List<String>> followers(String followedId, String after, int limit) {
    return database
        .sql(FOLLOWERS)
        .bind("followedId", followedId)
        .bind("after", after)
        .bind("limit", limit)
        .map(row -> row.text("user_id"))
        .list();
  }
}
