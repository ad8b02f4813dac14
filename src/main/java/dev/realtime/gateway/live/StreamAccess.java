package dev.realtime.gateway.live;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.realtime.gateway.cluster.Cluster;
import dev.realtime.gateway.cluster.ClusterTopic;
import dev.realtime.gateway.live.Sanctions.Change;
import dev.realtime.gateway.live.Sanctions.Sanction;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.store.StoredJson;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Streams together with the sanctions of a user. An instance hears each change of a sanction as
 * such, and does not read the stream again for it. In a stream with more sanctions than are kept
 * with it, the instance reads those of each user and caches them, also that there are none.
 */
@Component
public final class StreamAccess implements ClusterTopic {

  private static final int CACHED = 100_000;
  private static final Duration REMEMBERED = Duration.ofMinutes(10);
  private static final int GROUP = 1_000;

  /** The pause between two queries: in a storm of joins several callers share one. */
  private static final Duration REST = Duration.ofMillis(5);

  /** A user in a stream. */
  record Person(String streamId, String userId) {}

  /**
   * The sanctions of a user in a stream.
   *
   * @param rev the number of the stream's last change of sanctions that is included
   */
  record Standing(long rev, List<Sanction> sanctions) {

    private Standing with(Change change) {
      if (change.rev() <= rev) {
        return this;
      }
      List<Sanction> after = new ArrayList<>(sanctions);
      after.removeIf(one -> one.kind().equals(change.sanction().kind()));
      if (!change.lifted()) {
        after.add(change.sanction());
      }
      return new Standing(change.rev(), List.copyOf(after));
    }
  }

  private final Streams streams;
  private final Cluster cluster;
  private final Batcher<Person, Standing> queries;
  private final AsyncCache<Person, Standing> cache =
      Caffeine.newBuilder().expireAfterAccess(REMEMBERED).maximumSize(CACHED).buildAsync();

  StreamAccess(Streams streams, StreamRepository repository, Cluster cluster) {
    this.streams = streams;
    this.cluster = cluster;
    this.queries =
        Batcher.named("sanctions of users")
            .groupsOf(GROUP)
            .resting(REST)
            .calling(repository::standings);
  }

  /**
   * Returns a stream as {@link Streams#get}, with at least the sanctions of this user. Fails with
   * {@code not_found}.
   */
  public Mono<Stream> get(String id, String userId) {
    return streams.get(id).flatMap(stream -> withUser(stream, userId));
  }

  /**
   * Returns a stream as {@link Streams#current}, with at least the sanctions of this user. Fails
   * with {@code not_found}.
   */
  public Mono<Stream> current(String id, String userId) {
    return streams.current(id).flatMap(stream -> withUser(stream, userId));
  }

  private Mono<Stream> withUser(Stream stream, String userId) {
    Sanctions sanctions = stream.sanctions();
    if (!sanctions.many()) {
      return Mono.just(stream);
    }
    Person person = new Person(stream.id(), userId);
    return standing(person)
        // The instance may have missed changes since: then it reads again.
        .filter(standing -> standing.rev() >= sanctions.from())
        .switchIfEmpty(Mono.defer(() -> again(person)))
        .map(standing -> stream.with(sanctions.ofUser(standing.sanctions())));
  }

  private Mono<Standing> standing(Person person) {
    return Mono.fromFuture(
        () -> cache.get(person, (key, _) -> queries.submit(key).toFuture()), true);
  }

  private Mono<Standing> again(Person person) {
    cache.asMap().remove(person);
    return standing(person);
  }

  /** Tells all instances of a change of a sanction, after it was committed. */
  void changed(Change change) {
    cluster.tell(topic(), StoredJson.write(change));
  }

  /** Makes every instance read a stream again, after a change was committed. */
  void changed(String id) {
    streams.changed(id);
  }

  /**
   * Locks a stream until the caller's transaction ends, and reads it with the sanctions of this
   * user only; fails with {@code not_found}.
   */
  Mono<Stream> lock(String id, String userId) {
    return streams.lock(id, userId);
  }

  @Override
  public String topic() {
    return "live.sanction";
  }

  @Override
  public void told(String message) {
    Change change = StoredJson.read(message, Change.class);
    cache
        .asMap()
        .computeIfPresent(
            new Person(change.streamId(), change.sanction().userId()),
            (_, standing) -> after(standing, change));
    streams.told(change);
  }

  private static CompletableFuture<Standing> after(
      CompletableFuture<Standing> standing, Change change) {
    return standing.thenApply(before -> before.with(change));
  }

  @Override
  public void interrupted() {
    cache.synchronous().invalidateAll();
  }
}
