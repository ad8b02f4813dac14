package dev.realtime.gateway.live;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.realtime.gateway.cluster.Cluster;
import dev.realtime.gateway.cluster.ClusterTopic;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.StreamPlan;
import dev.realtime.gateway.room.RoomId;
import dev.realtime.gateway.room.RoomPublisher;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.Mono;

/**
 * The streams there are. What is read here is remembered for a few seconds, and forgotten on every
 * instance as soon as one changes it.
 */
@Component
public class Streams implements ClusterTopic {

  /** Joiners and speakers ask the database once in this time, however many they are. */
  private static final Duration FRESH = Duration.ofSeconds(10);

  private static final int CACHED = 10_000;

  /**
   * A stream that is there.
   *
   * @param created whether it was not there before
   */
  public record Known(Stream stream, boolean created) {}

  /** What the platform may change; null leaves what is there. */
  public record Change(
      @Nullable String title, @Nullable String playbackUrl, @Nullable List<String> moderatorIds) {

    public Change {
      if (title != null) {
        StreamPlan.checkTitle(title);
      }
      StreamPlan.checkPlaybackUrl(playbackUrl);
      moderatorIds = moderatorIds == null ? null : StreamPlan.moderators(moderatorIds);
    }
  }

  private final StreamRepository repository;
  private final Cluster cluster;
  private final RoomPublisher publisher;
  private final TransactionalOperator transaction;
  private final AsyncCache<String, Optional<Stream>> cache =
      Caffeine.newBuilder().expireAfterWrite(FRESH).maximumSize(CACHED).buildAsync();

  Streams(
      StreamRepository repository,
      Cluster cluster,
      RoomPublisher publisher,
      ReactiveTransactionManager transactions) {
    this.repository = repository;
    this.cluster = cluster;
    this.publisher = publisher;
    this.transaction = TransactionalOperator.create(transactions);
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
  public Mono<Known> create(StreamPlan plan) {
    String given = plan.id();
    String id = given == null ? Identifiers.next().toString() : given;
    return repository
        .insert(id, plan)
        .flatMap(created ->
            created
                ? repository.setModerators(id, plan.moderatorIds()).thenReturn(true)
                : Mono.just(false))
        .flatMap(created -> repository.find(id).map(stream -> new Known(stream, created)))
        .as(transaction::transactional)
        // An instance may remember that there was none.
        .doOnNext(known -> {
          if (known.created()) {
            changed(id);
          }
        });
  }

  /** Changes a stream; fails with {@code not_found}. */
  public Mono<Stream> change(String id, Change change) {
    List<String> moderators = change.moderatorIds();
    Mono<Void> facts = repository.setFacts(id, change.title(), change.playbackUrl());
    return repository
        .lock(id)
        .switchIfEmpty(Mono.error(Streams::notFound))
        .then(moderators == null ? facts : facts.then(repository.setModerators(id, moderators)))
        .then(Mono.defer(() -> repository.find(id)))
        .as(transaction::transactional)
        .doOnNext(_ -> changed(id));
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

  /** A stream, at most this instance's cache time old; fails with {@code not_found}. */
  Mono<Stream> get(String id) {
    return Mono.fromFuture(
            cache.get(
                id,
                (key, _) ->
                    repository
                        .find(key)
                        .map(Optional::of)
                        .defaultIfEmpty(Optional.empty())
                        .toFuture()),
            true)
        .map(found -> found.orElseThrow(Streams::notFound));
  }

  /** Whether there is such a stream. */
  public Mono<Boolean> exists(String id) {
    return repository.find(id).hasElement();
  }

  /** Something about it has been committed: every instance has to read it again. */
  void changed(String id) {
    told(id);
    cluster.tell(topic(), id);
  }

  static GatewayException notFound() {
    return GatewayException.of(ErrorCode.NOT_FOUND, "There is no such stream.");
  }
}
