package dev.realtime.gateway.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.room.RoomBus;
import dev.realtime.gateway.room.RoomId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import tools.jackson.databind.json.JsonMapper;

/** All instances of the gateway, over the same bus as the rooms, with the same promise. */
@Component
public final class Cluster implements SmartLifecycle, RoomBus.Subscriber {

  private static final Logger log = LoggerFactory.getLogger(Cluster.class);

  /** How long the answers of the other instances are waited for. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final RoomId ALL = RoomId.cluster("all");

  /** The bus cannot tell how many instances there are: this one may be all that hears. */
  private static final long UNKNOWN = -1;

  private static final JsonMapper JSON = EnvelopeCodec.mapper();

  /**
   * What goes over the bus.
   *
   * @param asker whom to answer; null where nobody asks
   * @param question which question this is or answers; null where nobody asks
   * @param answers whether this is an answer
   * @param body null where an instance has nothing to say
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Letter(
      String topic,
      @Nullable String asker,
      @Nullable String question,
      boolean answers,
      @Nullable String body) {}

  private final String instanceId = Identifiers.next().toString();
  private final RoomId own = RoomId.cluster(instanceId);
  private final RoomBus bus;
  private final ObjectProvider<ClusterTopic> listeners;
  private final Map<String, Sinks.Many<Letter>> questions = new ConcurrentHashMap<>();
  private volatile Map<String, ClusterTopic> topics = Map.of();
  private volatile List<Disposable> subscriptions = List.of();

  /** Topics are looked up at the start: a feature may itself tell and ask. */
  Cluster(RoomBus bus, ObjectProvider<ClusterTopic> listeners) {
    this.bus = bus;
    this.listeners = listeners;
  }

  /** Names this instance among all; another one after a restart. */
  public String instanceId() {
    return instanceId;
  }

  /** Tells all instances, this one too. Returns at once. */
  public void tell(String topic, String message) {
    send(ALL, new Letter(topic, null, null, false, message));
  }

  /**
   * Asks all instances, this one too.
   *
   * @return what they have to say; fails with {@code unavailable} unless all of them have answered
   *     within 2 seconds. Those that were reached have heard the question all the same
   */
  public Mono<List<String>> ask(String topic, String question) {
    return Mono.defer(() -> {
      String id = Identifiers.next().toString();
      Sinks.Many<Letter> answers = Sinks.many().unicast().onBackpressureBuffer();
      questions.put(id, answers);
      return instances()
          .doOnNext(_ -> send(ALL, new Letter(topic, instanceId, id, false, question)))
          .flatMap(expected -> all(answers.asFlux(), expected))
          .doFinally(_ -> questions.remove(id));
    });
  }

  private static Mono<List<String>> all(Flux<Letter> answers, long expected) {
    return answers
        .take(expected == UNKNOWN ? 1 : expected)
        .take(PATIENCE)
        .collectList()
        .filter(letters -> letters.size() == expected)
        .switchIfEmpty(Mono.error(() -> GatewayException.unavailable(PATIENCE)))
        .map(letters -> letters.stream().map(Letter::body).filter(Objects::nonNull).toList());
  }

  /** How many there are. */
  private Mono<Long> instances() {
    return bus.listeners(List.of(ALL))
        .map(listening -> listening.getOrDefault(ALL, 1L))
        .timeout(PATIENCE)
        .onErrorReturn(UNKNOWN);
  }

  private void send(RoomId to, Letter letter) {
    bus.publish(to, JSON.writeValueAsBytes(letter));
  }

  @Override
  public void received(byte[] message) {
    Letter letter = JSON.readValue(message, Letter.class);
    ClusterTopic topic = topics.get(letter.topic());
    if (letter.answers()) {
      Sinks.Many<Letter> answers = questions.get(String.valueOf(letter.question()));
      if (answers != null) {
        // Answers of several instances come one at a time; one that is too late has no sink.
        answers.tryEmitNext(letter);
      }
    } else if (topic != null && letter.asker() != null) {
      answer(topic, letter, letter.asker());
    } else if (topic != null && letter.body() != null) {
      topic.told(letter.body());
    }
  }

  private void answer(ClusterTopic topic, Letter letter, String asker) {
    // Owned by the asker's patience: it ends by itself.
    topic
        .asked(String.valueOf(letter.body()))
        .map(body -> new Letter(letter.topic(), null, letter.question(), true, body))
        .defaultIfEmpty(new Letter(letter.topic(), null, letter.question(), true, null))
        .timeout(PATIENCE)
        .subscribe(
            answer -> send(RoomId.cluster(asker), answer),
            failure -> log.warn("Could not answer {}: {}", letter.topic(), failure.toString()));
  }

  @Override
  public void interrupted() {
    topics.values().forEach(ClusterTopic::interrupted);
  }

  @Override
  public void start() {
    topics = listeners.stream().collect(Collectors.toMap(ClusterTopic::topic, Function.identity()));
    // Two channels, on the main thread before the server takes connections: it may wait.
    subscriptions =
        Objects.requireNonNull(
            Flux.just(ALL, own).concatMap(room -> bus.subscribe(room, this)).collectList().block());
  }

  @Override
  public void stop() {
    subscriptions.forEach(Disposable::dispose);
    subscriptions = List.of();
  }

  @Override
  public boolean isRunning() {
    return !subscriptions.isEmpty();
  }

  /** Begins before the web server, and ends after it. */
  @Override
  public int getPhase() {
    return 0;
  }
}
