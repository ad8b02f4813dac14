package dev.realtime.gateway.live.hosts;

import dev.realtime.gateway.cluster.Cluster;
import dev.realtime.gateway.cluster.ClusterTopic;
import dev.realtime.gateway.live.Stream;
import dev.realtime.gateway.live.StreamLife;
import dev.realtime.gateway.live.Viewers;
import dev.realtime.gateway.live.hosts.HostRepository.Watched;
import dev.realtime.gateway.protocol.StreamStatus;
import dev.realtime.gateway.store.StoredJson;
import dev.realtime.gateway.store.redis.RedisStore;
import dev.realtime.gateway.store.sweeping.Sweeper;
import dev.realtime.gateway.store.sweeping.Sweeping;
import dev.realtime.gateway.work.RepeatedWarning;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.SetArgs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The watch that ends a stream without its host, if the stream was created so: its host had joined
 * and has then not watched it on any instance for 30 s.
 *
 * <p>All instances take turns at a look every 2 s. A look reads which hosts Redis knows, and writes
 * a row only where that has changed. A stream ends only when every instance has answered that its
 * host is not there; while an instance is silent no stream ends. An instance without Redis, whose
 * viewers the others miss, says in the database that its hosts are present.
 */
@Component
public final class HostWatch implements Sweeping, ClusterTopic {

  static final Duration PERIOD = Duration.ofSeconds(2);

  /**
   * The time without a host after which a stream ends. For as long after a start, and after a
   * failed look, the instance ends no stream: hosts have to reconnect first.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final String TURN = "live:host-watch";

  /** The time after which another instance looks if the one whose turn it is has died. */
  private static final Duration LONGEST_TURN = Duration.ofSeconds(10);

  /** The pause after a look; less than the period, so that the next poll of an instance looks. */
  private static final Duration PAUSE = PERIOD.multipliedBy(3).dividedBy(4);

  /** The most questions to Redis that are under way at a time. */
  private static final int PIPELINE = 250;

  /** The most streams that one look ends; others wait for the next look. */
  private static final int ENDED_AT_ONCE = 100;

  private static final Logger log = LoggerFactory.getLogger(HostWatch.class);

  private final HostRepository repository;
  private final RedisStore redis;
  private final Cluster cluster;
  private final Viewers viewers;
  private final StreamLife life;
  private final RepeatedWarning failedLook =
      new RepeatedWarning(log, "Could not look for lost hosts");
  private final RepeatedWarning unknownHost =
      new RepeatedWarning(log, "Could not look for the host of a stream");
  private final RepeatedWarning failedMark =
      new RepeatedWarning(log, "Could not record the host of a stream");
  private final RepeatedWarning silentPeer =
      new RepeatedWarning(log, "No stream without its host ends while an instance is silent");
  private final RepeatedWarning failedEnd =
      new RepeatedWarning(log, "Could not end a stream without its host");

  /** The {@link System#nanoTime} of the last failed look, or of the start. */
  private volatile long steadySince = System.nanoTime();

  private final Sweeper sweeper = new Sweeper("lost hosts", PERIOD, Mono.defer(this::look));

  HostWatch(
      HostRepository repository,
      RedisStore redis,
      Cluster cluster,
      Viewers viewers,
      StreamLife life) {
    this.repository = repository;
    this.redis = redis;
    this.cluster = cluster;
    this.viewers = viewers;
    this.life = life;
  }

  /** The stream and the host that an instance asks all others about. */
  private record Host(String streamId, String hostId) {}

  /** A stream of a look, and whether Redis knows its host as a viewer. */
  private record Seen(Watched stream, boolean there) {}

  /**
   * Records that a stream's host has joined on this instance: from now on the stream may lose its
   * host, and an earlier loss is over. Does nothing for other users.
   */
  public Mono<Void> joined(Stream stream, String userId) {
    return stream.endOnHostLoss() && stream.isHost(userId)
        ? repository
            .present(List.of(stream.id()))
            .onErrorResume(failure -> {
              // The next look records the host too.
              failedMark.log(failure);
              return Mono.empty();
            })
        : Mono.empty();
  }

  /** Looks if it is this instance's turn. Never fails, and leaves nothing for a second step. */
  private Mono<Boolean> look() {
    return redis
        .run(commands ->
            commands.set(TURN, cluster.instanceId(), SetArgs.Builder.nx().px(LONGEST_TURN)))
        .flatMap(_ -> all(System.nanoTime() - steadySince > PATIENCE.toNanos()).then(passOn()))
        .thenReturn(false)
        .onErrorResume(failure -> {
          steadySince = System.nanoTime();
          failedLook.log(failure);
          return keepHere().thenReturn(false).onErrorReturn(false);
        });
  }

  private Mono<Void> passOn() {
    return redis.run(commands -> commands.pexpire(TURN, PAUSE)).then();
  }

  /**
   * Looks at all watched streams. Fails while Redis or PostgreSQL is down, since then no instance
   * knows which hosts are missing.
   *
   * @param mayEnd whether to end the streams that have waited long enough
   */
  Mono<Void> all(boolean mayEnd) {
    return repository
        .watched(PATIENCE)
        .concatMap(this::see, 1)
        .collectList()
        .flatMap(over -> mayEnd && !over.isEmpty() ? endSome(over) : Mono.empty());
  }

  /** Records what has changed of a page's hosts; returns the streams that have waited too long. */
  private Flux<Watched> see(List<Watched> page) {
    return Flux.fromIterable(page)
        .flatMap(this::see, PIPELINE)
        .collectList()
        .flatMapMany(seen ->
            repository
                .present(ids(seen, one -> one.there() && !isPresent(one.stream())))
                .then(repository.missing(ids(seen, one -> !one.there() && isPresent(one.stream()))))
                .thenMany(
                    Flux.fromIterable(seen)
                        .filter(one -> !one.there() && one.stream().over())
                        .map(Seen::stream)));
  }

  /** Returns whether the row of a stream says that its host is present. */
  private static boolean isPresent(Watched stream) {
    return stream.joined() && !stream.lost();
  }

  private static List<String> ids(List<Seen> seen, Predicate<Seen> which) {
    return seen.stream().filter(which).map(one -> one.stream().id()).toList();
  }

  /** Asks Redis about one stream; empty if Redis refuses this question only. */
  private Mono<Seen> see(Watched stream) {
    return viewers
        .isWatching(stream.id(), stream.hostId())
        .map(there -> new Seen(stream, there))
        .onErrorResume(
            RedisCommandExecutionException.class,
            failure -> {
              unknownHost.log(failure);
              return Mono.empty();
            });
  }

  /** Ends streams whose host is on no instance; those that cannot be ended stop no others. */
  private Mono<Void> endSome(List<Watched> over) {
    List<Watched> some = new ArrayList<>(over);
    // In any order: streams that cannot be ended must not take the places of all others.
    Collections.shuffle(some);
    List<Watched> asked = some.subList(0, Math.min(some.size(), ENDED_AT_ONCE));
    return held(asked)
        .flatMap(held ->
            repository
                .present(held)
                .thenMany(Flux.fromIterable(asked))
                .filter(stream -> !held.contains(stream.id()))
                .concatMap(this::end)
                .then())
        .onErrorResume(failure -> {
          silentPeer.log(failure);
          return Mono.empty();
        });
  }

  /** Returns the streams whose host is on some instance; fails unless every instance answers. */
  private Mono<Set<String>> held(List<Watched> asked) {
    List<Host> hosts =
        asked.stream().map(stream -> new Host(stream.id(), stream.hostId())).toList();
    return cluster
        .ask(topic(), StoredJson.write(hosts))
        .map(answers ->
            answers.stream()
                .flatMap(answer -> Arrays.stream(StoredJson.read(answer, String[].class)))
                .collect(Collectors.toUnmodifiableSet()));
  }

  private Mono<Void> end(Watched stream) {
    return life.move(stream.id(), StreamStatus.ENDED)
        .then()
        .onErrorResume(failure -> {
          failedEnd.log(failure);
          return Mono.empty();
        });
  }

  /**
   * Ends the countdown of the streams whose hosts are on this instance: the other instances do not
   * see them while Redis does not answer here.
   */
  Mono<Void> keepHere() {
    return repository
        .lost()
        .concatMap(
            page ->
                repository.present(
                    page.stream()
                        .filter(stream -> viewers.isHere(stream.id(), stream.hostId()))
                        .map(Watched::id)
                        .toList()),
            1)
        .then();
  }

  @Override
  public String topic() {
    return "live.hosts";
  }

  /** Answers which of the streams have their host on this instance. */
  @Override
  public Mono<String> asked(String question) {
    return Mono.fromSupplier(() ->
        StoredJson.write(
            Arrays.stream(StoredJson.read(question, Host[].class))
                .filter(host -> viewers.isHere(host.streamId(), host.hostId()))
                .map(Host::streamId)
                .toList()));
  }

  @Override
  public Sweeper sweeper() {
    return sweeper;
  }
}
