package dev.realtime.gateway.notification;

import dev.realtime.gateway.store.Database;
import java.util.List;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Who follows whom, as the platform says. */
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

  /** From now on a user is told when the other one begins a stream; nothing new if it was so. */
  public Mono<Void> add(String userId, String followedId) {
    return change(ADD, userId, followedId);
  }

  /** The user is told no more; nothing happens if it was not so. */
  public Mono<Void> remove(String userId, String followedId) {
    return change(REMOVE, userId, followedId);
  }

  private Mono<Void> change(String sql, String userId, String followedId) {
    return database.sql(sql).bind("userId", userId).bind("followedId", followedId).then();
  }

  /** Some followers, in the order of their ids, after one of them. */
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
