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
 * All instances of the gateway. A message or question reaches this instance at once, and the others
 * over the bus that carries the rooms, with the same promise.
 */
@Component
public final class Cluster implements SmartLifecycle, RoomBus.Subscriber {

  private static final Logger log = LoggerFactory.getLogger(Cluster.class);

  /** The time to wait for the answers of the other instances. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final RoomId ALL = RoomId.cluster("all");

  private static final JsonMapper JSON = WireJson.mapper();

  private enum Kind {
    TELLS,
    ASKS,
    ANSWERS
  }

  /**
   * A message on the bus.
   *
   * @param topic the topic of a message or question; null in answers
   * @param question the id of a question or of the question answered; null in other messages
   * @param body the text of a message, question or answer; null if there is none
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Envelope(
      String from,
      Kind kind,
      @Nullable String topic,
      @Nullable String question,
      @Nullable String body) {}

  private final String instanceId;
  private final RoomId own;
  private final RoomBus bus;
  private final ObjectProvider<ClusterTopic> listeners;
  private final Map<String, Sinks.Many<Envelope>> questions = new ConcurrentHashMap<>();
  private volatile Map<String, ClusterTopic> topics = Map.of();
  private volatile Disposable.Composite subscriptions = Disposables.composite();
  private volatile boolean running;

  /** Takes a provider of the topics, since a topic's feature may itself need the cluster. */
  Cluster(RoomBus bus, ObjectProvider<ClusterTopic> listeners) {
    this.bus = bus;
    this.instanceId = bus.instances().self();
    this.own = RoomId.cluster(instanceId);
    this.listeners = listeners;
  }

  /** Returns the id of this instance, which changes with a restart. */
  public String instanceId() {
    return instanceId;
  }

  /** Sends a message to all instances; this one receives it before the method returns. */
  public void tell(String topic, String message) {
    told(topic, message);
    send(ALL, Kind.TELLS, topic, null, message);
  }

  /**
   * Asks all instances, including this one.
   *
   * @return their answers; fails with {@code unavailable} unless all of them answer within 2
   *     seconds, though the instances that were reached have handled the question. An instance that
   *     died silently makes questions fail until its lease of 15 seconds has run out, since it may
   *     have lost only the bus and still have connections
   */
  public Mono<List<String>> ask(String topic, String question) {
    return Mono.defer(() -> {
      String id = Identifiers.next().toString();
      Sinks.Many<Envelope> answers = Sinks.many().unicast().onBackpressureBuffer();
      questions.put(id, answers);
      Mono<List<String>> here = answer(topic, question).map(List::of).defaultIfEmpty(List.of());
      Mono<List<String>> there = answersOf(bus.instances().others(), answers.asFlux());
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

  /**
   * Fails with {@code unavailable} while the bus is down: an instance that is cut off cannot know
   * its peers.
   */
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

  @Override
  public void received(RoomBus.Message message) {
    Envelope envelope = JSON.readValue(message.toBytes(), Envelope.class);
    if (envelope.from().equals(instanceId)) {
      return;
    }
    switch (envelope.kind()) {
      case TELLS -> told(envelope.topic(), envelope.body());
      case ASKS -> reply(envelope);
      case ANSWERS -> {
        Sinks.Many<Envelope> answers = questions.get(String.valueOf(envelope.question()));
        if (answers != null) {
          // Only other instances answer, and the bus delivers their envelopes one at a time; a late
          // answer finds no sink.
          answers.tryEmitNext(envelope);
        }
      }
    }
  }

  private void reply(Envelope asked) {
    RoomId asker = RoomId.cluster(asked.from());
    // No field owns this subscription: the timeout of the answer ends it. An instance that cannot
    // answer sends nothing.
    answer(asked.topic(), asked.body())
        .map(Optional::of)
        .defaultIfEmpty(Optional.empty())
        .subscribe(
            body -> send(asker, Kind.ANSWERS, null, asked.question(), body.orElse(null)), _ -> {});
  }

  @Override
  public void interrupted() {
    topics.values().forEach(ClusterTopic::interrupted);
  }

  @Override
  public void start() {
    topics = listeners.stream().collect(Collectors.toMap(ClusterTopic::topic, Function.identity()));
    subscriptions = Disposables.composite();
    // Blocking is safe for these two channels: this is the main thread, before the server accepts
    // connections.
    Flux.just(ALL, own)
        .concatMap(room -> bus.subscribe(room, this))
        .doOnNext(subscriptions::add)
        .blockLast();
    subscriptions.add(bus.instances().announce());
    running = true;
  }

  @Override
  public void stop() {
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
