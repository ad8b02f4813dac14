package dev.realtime.gateway.live;

import com.github.benmanes.caffeine.cache.AsyncCacheLoader;
import com.github.benmanes.caffeine.cache.AsyncLoadingCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.cluster.Cluster;
import dev.realtime.gateway.cluster.ClusterTopic;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.StreamPlan;
import dev.realtime.gateway.room.RoomPublisher;
import dev.realtime.gateway.store.Batcher;
import dev.realtime.gateway.store.Database;
import dev.realtime.gateway.store.Failures;
import dev.realtime.gateway.store.idempotency.Creations;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * All streams. The instance caches each stream for a few seconds, and every instance drops its copy
 * as soon as one of them changes the stream.
 */
@Component
public final class Streams implements ClusterTopic {

  /**
   * The age at which a cached stream is read again. However many callers there are, they share one
   * query and do not wait for it; while the database is down they use the cached stream.
   */
  private static final Duration FRESH = Duration.ofSeconds(10);

  /** The time after its last use at which the cache drops a stream. */
  private static final Duration REMEMBERED = Duration.ofMinutes(10);

  private static final int CACHED = 10_000;

  /**
   * The pause between two queries: in a storm of joins several callers share one. A lone query does
   * not wait.
   */
  private static final Duration REST = Duration.ofMillis(5);

  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final int GROUP = 1_000;

  /**
   * The result of a creation.
   *
   * @param duplicate whether the stream existed before and was left unchanged
   */
  public record Created(Stream stream, boolean duplicate) {}

  private final Database database;
  private final StreamRepository repository;
  private final Creations creations;
  private final Cluster cluster;
  private final RoomPublisher publisher;
  private final AsyncLoadingCache<String, Stream> cache;
  private final Batcher<String, Long> revs;

  Streams(
      Database database,
      StreamRepository repository,
      Creations creations,
      Cluster cluster,
      RoomPublisher publisher) {
    this.database = database;
    this.repository = repository;
    this.creations = creations;
    this.cluster = cluster;
    this.publisher = publisher;
    // Callers who join a stream during a query share the next one, however many they are.
    this.revs =
        Batcher.named("states of streams").groupsOf(GROUP).resting(REST).calling(this::revs);
    this.cache =
        Caffeine.newBuilder()
            .refreshAfterWrite(FRESH)
            .expireAfterAccess(REMEMBERED)
            .maximumSize(CACHED)
            .buildAsync(new Loader(repository));
  }

  private static final Sanctions NOTHING_KNOWN = new Sanctions(-1, -1, false, Map.of(), Map.of());

  /** Reads streams; returns null for an unknown one, which the cache does not keep. */
  private record Loader(StreamRepository repository) implements AsyncCacheLoader<String, Stream> {

    @Override
    public CompletableFuture<@Nullable Stream> asyncLoad(String id, Executor executor) {
      return repository.find(id, NOTHING_KNOWN).toFuture();
    }

    /** Keeps the cached stream while the database is down, for as long again as a fresh one. */
    @Override
    public CompletableFuture<@Nullable Stream> asyncReload(
        String id, Stream old, Executor executor) {
      return repository
          .find(id, old.sanctions())
          .onErrorReturn(Failures::isTransient, old)
          .toFuture();
    }
  }

  private Mono<List<Long>> revs(List<String> ids) {
    return repository
        .revs(ids)
        .map(known -> ids.stream().map(id -> known.getOrDefault(id, 0L)).toList());
  }

  @Override
  public String topic() {
    return "live.stream";
  }

  @Override
  public void told(String streamId) {
    cache.synchronous().invalidate(streamId);
  }

  /**
   * Brings the cached stream up to date with a change of a sanction, or drops it if another change
   * lies between.
   */
  void told(Sanctions.Change change) {
    cache
        .asMap()
        .computeIfPresent(
            change.streamId(),
            (id, cached) ->
                cached.thenApply(stream -> stream == null ? null : after(stream, change)));
  }

  private Stream after(Stream stream, Sanctions.Change change) {
    if (stream.isJustBefore(change)) {
      return stream.with(change);
    }
    if (!stream.includes(change)) {
      told(change.streamId());
    }
    return stream;
  }

  @Override
  public void interrupted() {
    cache.synchronous().invalidateAll();
  }

  /** Creates a stream, or returns the one with this id, which is left unchanged. */
  public Mono<Created> create(StreamPlan plan) {
    String given = plan.id();
    String id = given == null ? Identifiers.next().toString() : given;
    return insertOrFind(id, plan).as(database::inTransaction);
  }

  /**
   * Creates a stream under the idempotency key {@code tempId} of its host, or returns the stream
   * that was created under this key before.
   *
   * @return fails with {@code conflict} if the key was used for a different stream, with {@code
   *     not_found} if the stream was deleted
   */
  public Mono<Created> createOnce(String tempId, StreamPlan plan) {
    String id = Identifiers.next().toString();
    return creations
        .claim(new Creations.Key("stream", plan.hostId(), tempId), plan, id)
        .flatMap(made ->
            made.equals(id)
                ? insertOrFind(id, plan)
                : repository.find(made).map(stream -> new Created(stream, true)))
        .as(database::inTransaction)
        .switchIfEmpty(Mono.error(Streams::notFound));
  }

  private Mono<Created> insertOrFind(String id, StreamPlan plan) {
    return repository
        .insert(id, plan)
        .delayUntil(
            created -> created ? repository.addModerators(id, plan.moderatorIds()) : Mono.empty())
        .flatMap(created -> repository.find(id).map(stream -> new Created(stream, !created)));
  }

  /**
   * Deletes a stream and evicts everyone from its room; does nothing if there is no such stream.
   */
  public Mono<Void> delete(String id) {
    return repository
        .delete(id)
        .doOnSuccess(_ -> {
          changed(id);
          publisher.dismiss(RoomId.live(id));
        });
  }

  /**
   * Deletes streams by the beginning of the ids of their hosts, as {@link #delete} does.
   *
   * @param age the time since their creation, at least
   * @param most streams to delete in this call
   * @return how many were deleted
   */
  public Mono<Long> deleteOfHosts(String hostPrefix, Duration age, int most) {
    return repository
        .ofHosts(hostPrefix, age, most)
        .flatMapMany(Flux::fromIterable)
        .concatMap(id -> delete(id).thenReturn(id))
        .count();
  }

  /**
   * Returns a stream as this instance has cached it; a place that starts from this state replays
   * the changes after its {@code rev}. Fails with {@code not_found}.
   */
  public Mono<Stream> get(String id) {
    return Mono.defer(() -> Mono.fromFuture(cache.get(id), true))
        .switchIfEmpty(Mono.error(Streams::notFound));
  }

  /**
   * Returns a stream as it was at this call or later. A user unbanned on another instance must not
   * enter at a state in which the ban is still to come. If the database does not answer within a
   * second, the cached stream is returned. Fails with {@code not_found}.
   */
  public Mono<Stream> current(String id) {
    return revs.submit(id)
        .timeout(PATIENCE)
        .onErrorReturn(0L)
        .flatMap(
            rev -> get(id).flatMap(stream -> stream.rev() < rev ? again(id) : Mono.just(stream)));
  }

  private Mono<Stream> again(String id) {
    told(id);
    return get(id);
  }

  /**
   * Locks a stream until the caller's transaction ends, and reads it with the sanctions of this
   * user only; fails with {@code not_found}.
   */
  Mono<Stream> lock(String id, String userId) {
    return repository.lock(id, userId).switchIfEmpty(Mono.error(Streams::notFound));
  }

  /** Returns whether there is such a stream. */
  public Mono<Boolean> exists(String id) {
    return repository.find(id).hasElement();
  }

  /** Makes every instance read a stream again, after a change was committed. */
  void changed(String id) {
    cluster.tell(topic(), id);
  }

  static GatewayException notFound() {
    return GatewayException.of(ErrorCode.NOT_FOUND, "There is no such stream.");
  }
}
