package dev.realtime.gateway.live;

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
import dev.realtime.gateway.store.Creations;
import dev.realtime.gateway.store.Database;
import java.time.Duration;
import java.util.List;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * The streams there are. What is read here is remembered for a few seconds, and forgotten on every
 * instance as soon as one changes it.
 */
@Component
public final class Streams implements ClusterTopic {

  /**
   * Joiners and speakers ask the database once in this time, however many they are, and none of
   * them waits for it: while it is away, what is known goes on.
   */
  private static final Duration FRESH = Duration.ofSeconds(10);

  /** How long a stream is remembered that nobody asks for. */
  private static final Duration REMEMBERED = Duration.ofMinutes(10);

  private static final int CACHED = 10_000;

  /** In a storm of joins several share a question; a lone one waits for nothing. */
  private static final Duration REST = Duration.ofMillis(5);

  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final int GROUP = 1_000;

  /**
   * The stream that a creation ends with.
   *
   * @param duplicate whether it existed before, and was left unchanged
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
    // Those who join a stream meanwhile share the question, however many they are.
    this.revs =
        Batcher.named("states of streams").groupsOf(GROUP).resting(REST).calling(this::revs);
    this.cache =
        Caffeine.newBuilder()
            .refreshAfterWrite(FRESH)
            .expireAfterAccess(REMEMBERED)
            .maximumSize(CACHED)
            // What is not there is not remembered.
            .buildAsync((id, _) -> repository.find(id).toFuture());
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

  @Override
  public void interrupted() {
    cache.synchronous().invalidateAll();
  }

  /** Creates a stream, or finds the one with this id, which is left unchanged. */
  public Mono<Created> create(StreamPlan plan) {
    String given = plan.id();
    String id = given == null ? Identifiers.next().toString() : given;
    return insertOrFind(id, plan).as(database::inTransaction);
  }

  /**
   * Creates a stream that its host may ask for again under the same mark, and finds it then.
   *
   * @return fails with {@code conflict} if another stream was asked for under this mark, with
   *     {@code not_found} if it is gone
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

  /** Removes a stream and puts everyone out of it; nothing happens if it is not there. */
  public Mono<Void> delete(String id) {
    return repository
        .delete(id)
        .doOnSuccess(_ -> {
          changed(id);
          publisher.dismiss(RoomId.live(id));
        });
  }

  /**
   * A stream as this instance knows it. Who is behind is told the changes after its {@code rev}.
   * Fails with {@code not_found}.
   */
  public Mono<Stream> get(String id) {
    return Mono.defer(() -> Mono.fromFuture(cache.get(id), true))
        .switchIfEmpty(Mono.error(Streams::notFound));
  }

  /**
   * A stream as it was after this call or later: who was let in again on another instance must not
   * be given a place at a state in which the ban is still to come. While the database cannot say
   * within a second, what is known has to do. Fails with {@code not_found}.
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
   * A stream that nobody else changes until the caller's transaction ends; or {@code not_found}.
   */
  Mono<Stream> lock(String id) {
    return repository.lock(id).switchIfEmpty(Mono.error(Streams::notFound));
  }

  /** Whether there is such a stream. */
  public Mono<Boolean> exists(String id) {
    return repository.find(id).hasElement();
  }

  /** Something about it has been committed: every instance has to read it again. */
  void changed(String id) {
    cluster.tell(topic(), id);
  }

  static GatewayException notFound() {
    return GatewayException.of(ErrorCode.NOT_FOUND, "There is no such stream.");
  }
}
