package dev.realtime.gateway.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.realtime.gateway.bus.RoomBus;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.work.ShutdownOrder;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import tools.jackson.databind.json.JsonMapper;

/**
 * All instances of the gateway. This one is told and asked at once; the others over the same bus as
 * the rooms, with the same promise.
 */
@Component
public final class Cluster implements SmartLifecycle, RoomBus.Subscriber {

  private static final Logger log = LoggerFactory.getLogger(Cluster.class);

  /** How long the answers of the other instances are waited for. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** How often each instance tells the others that it is there. */
  private static final Duration BEAT = Peers.LEASE.dividedBy(3);

  private static final RoomId ALL = RoomId.cluster("all");

  private static final JsonMapper JSON = WireJson.mapper();

  private enum Kind {
    ALIVE,
    GONE,
    TELLS,
    ASKS,
    ANSWERS
  }

  /**
   * What goes over the bus.
   *
   * @param topic what it is about; null in answers and signs of life
   * @param question which question this is or answers; null where nobody asks
   * @param body null where an instance has nothing to say
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Envelope(
      String from,
      Kind kind,
      @Nullable String topic,
      @Nullable String question,
      @Nullable String body) {}

  private final String instanceId = Identifiers.next().toString();
  private final RoomId own = RoomId.cluster(instanceId);
  private final RoomBus bus;
  private final ObjectProvider<ClusterTopic> listeners;
  private final Peers peers = new Peers(System::nanoTime);
  private final Map<String, Sinks.Many<Envelope>> questions = new ConcurrentHashMap<>();
  private volatile Map<String, ClusterTopic> topics = Map.of();
  private volatile Disposable.Composite subscriptions = Disposables.composite();
  private volatile boolean running;

  /** Topics are looked up at the start: a feature may itself tell and ask. */
  Cluster(RoomBus bus, ObjectProvider<ClusterTopic> listeners) {
    this.bus = bus;
    this.listeners = listeners;
  }

  /** Names this instance among all; another one after a restart. */
  public String instanceId() {
    return instanceId;
  }

  /** Tells all instances, this one before it returns. */
  public void tell(String topic, String message) {
    told(topic, message);
    send(ALL, Kind.TELLS, topic, null, message);
  }

  /**
   * Asks all instances, this one too.
   *
   * @return what they have to say; fails with {@code unavailable} unless all of them have answered
   *     within 2 seconds. Those that were reached have heard the question all the same. One that
   *     died without a word is waited for in vain until its lease of 15 seconds has run out: it
   *     might as well have lost the bus alone, and its connections live
   */
  public Mono<List<String>> ask(String topic, String question) {
    return Mono.defer(() -> {
      String id = Identifiers.next().toString();
      Sinks.Many<Envelope> answers = Sinks.many().unicast().onBackpressureBuffer();
      questions.put(id, answers);
      Mono<List<String>> here = answer(topic, question).map(List::of).defaultIfEmpty(List.of());
      Mono<List<String>> there = answersOf(peers.known(), answers.asFlux());
      return Mono.zip(
              here,
              there.doOnSubscribe(_ -> send(ALL, Kind.ASKS, topic, id, question)),
              connected())
          .map(all -> Stream.concat(all.getT1().stream(), all.getT2().stream()).toList())
          .doFinally(_ -> questions.remove(id));
    });
  }

  private static Mono<List<String>> answersOf(Set<String> awaited, Flux<Envelope> answers) {
    if (awaited.isEmpty()) {
      return Mono.just(List.of());
    }
    Set<String> missing = new HashSet<>(awaited);
    return answers
        .takeUntil(envelope -> missing.remove(envelope.from()) && missing.isEmpty())
        .take(PATIENCE)
        .collectList()
        .filter(_ -> missing.isEmpty())
        .switchIfEmpty(Mono.error(() -> GatewayException.unavailable(PATIENCE)))
        .map(envelopes -> envelopes.stream().map(Envelope::body).filter(Objects::nonNull).toList());
  }

  /** An instance that is cut off cannot know who else is there. */
  private Mono<Boolean> connected() {
    return bus.listeners(List.of(ALL))
        .thenReturn(true)
        .onErrorMap(_ -> GatewayException.unavailable(PATIENCE));
  }

  private Mono<String> answer(@Nullable String topic, @Nullable String question) {
    ClusterTopic asked = topics.get(String.valueOf(topic));
    return asked == null
        ? Mono.empty()
        : asked
            .asked(String.valueOf(question))
            .timeout(PATIENCE)
            .doOnError(failure -> log.warn("Could not answer {}: {}", topic, failure.toString()))
            .onErrorMap(_ -> GatewayException.unavailable(PATIENCE));
  }

  private void told(@Nullable String topic, @Nullable String message) {
    ClusterTopic told = topics.get(String.valueOf(topic));
    if (told != null && message != null) {
      told.told(message);
    }
  }

  private void send(
      RoomId to,
      Kind kind,
      @Nullable String topic,
      @Nullable String question,
      @Nullable String body) {
    Envelope envelope = new Envelope(instanceId, kind, topic, question, body);
    bus.publish(to, RoomBus.Message.of(JSON.writeValueAsBytes(envelope)));
  }

  private void giveSignOfLife() {
    send(ALL, Kind.ALIVE, null, null, null);
  }

  @Override
  public void received(RoomBus.Message message) {
    Envelope envelope = JSON.readValue(message.toBytes(), Envelope.class);
    if (envelope.from().equals(instanceId)) {
      return;
    }
    switch (envelope.kind()) {
      case ALIVE -> {
        if (peers.heard(envelope.from())) {
          giveSignOfLife();
        }
      }
      case GONE -> peers.gone(envelope.from());
      case TELLS -> told(envelope.topic(), envelope.body());
      case ASKS -> reply(envelope);
      case ANSWERS -> {
        Sinks.Many<Envelope> answers = questions.get(String.valueOf(envelope.question()));
        if (answers != null) {
          // Only other instances answer, and the bus brings their envelopes one at a time; one that
          // is too late finds no sink.
          answers.tryEmitNext(envelope);
        }
      }
    }
  }

  private void reply(Envelope asked) {
    RoomId asker = RoomId.cluster(asked.from());
    // Owned by the asker's patience: it ends by itself. Who cannot answer stays silent.
    answer(asked.topic(), asked.body())
        .map(Optional::of)
        .defaultIfEmpty(Optional.empty())
        .subscribe(
            body -> send(asker, Kind.ANSWERS, null, asked.question(), body.orElse(null)), _ -> {});
  }

  @Override
  public void interrupted() {
    peers.excuse();
    giveSignOfLife();
    topics.values().forEach(ClusterTopic::interrupted);
  }

  /** Silence means something only while the bus carries what is said. */
  private Mono<Void> beat() {
    return bus.listeners(List.of(ALL))
        .doOnNext(_ -> {
          giveSignOfLife();
          peers.forgetSilent();
        })
        .doOnError(_ -> peers.excuse())
        .then()
        .onErrorComplete();
  }

  @Override
  public void start() {
    topics = listeners.stream().collect(Collectors.toMap(ClusterTopic::topic, Function.identity()));
    subscriptions = Disposables.composite();
    // Two channels, on the main thread before the server takes connections: it may wait.
    Flux.just(ALL, own)
        .concatMap(room -> bus.subscribe(room, this))
        .doOnNext(subscriptions::add)
        .blockLast();
    giveSignOfLife();
    // Owned here, until the stop; nothing in it fails.
    subscriptions.add(Flux.interval(BEAT).onBackpressureDrop().concatMap(_ -> beat()).subscribe());
    running = true;
  }

  @Override
  public void stop() {
    send(ALL, Kind.GONE, null, null, null);
    subscriptions.dispose();
    running = false;
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public int getPhase() {
    return ShutdownOrder.CLUSTER.phase();
  }
}
