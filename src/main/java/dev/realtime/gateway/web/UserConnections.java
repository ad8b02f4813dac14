package dev.realtime.gateway.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.realtime.gateway.cluster.Cluster;
import dev.realtime.gateway.cluster.ClusterTopic;
import dev.realtime.gateway.protocol.CloseCode;
import dev.realtime.gateway.protocol.SessionCommand;
import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.session.Connection;
import dev.realtime.gateway.session.ConnectionRegistry;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** The connections of a user on all instances, to list and to close. */
@Component
final class UserConnections implements ClusterTopic {

  private static final JsonMapper JSON = WireJson.mapper();

  /**
   * A connection as the platform sees it.
   *
   * @param instance the id of its instance, which changes with a restart
   * @param client null if the client did not name itself
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Open(
      String connectionId,
      String deviceId,
      String instance,
      Instant connectedAt,
      SessionCommand.@Nullable Client client) {}

  /**
   * A question to all instances.
   *
   * @param deviceId the device whose connections are meant; null for all
   * @param closeSaying the reason to close them with; null leaves them open
   */
  private record Question(String userId, @Nullable String deviceId, @Nullable String closeSaying) {}

  private final ConnectionRegistry connections;
  private final Cluster cluster;

  UserConnections(ConnectionRegistry connections, Cluster cluster) {
    this.connections = connections;
    this.cluster = cluster;
  }

  /**
   * Returns the connections of a user, the oldest first; empty if the user is offline. Fails as
   * {@link Cluster#ask}.
   */
  Mono<List<Open>> of(String userId) {
    return ask(new Question(userId, null, null));
  }

  /**
   * Closes a user's connections with 4403, on all instances that can be reached.
   *
   * @return the closed connections; fails as {@link Cluster#ask}
   */
  Mono<List<Open>> close(String userId, @Nullable String deviceId, String words) {
    return ask(new Question(userId, deviceId, words));
  }

  private Mono<List<Open>> ask(Question question) {
    return cluster
        .ask(topic(), JSON.writeValueAsString(question))
        .flatMapIterable(answers -> answers)
        .flatMapIterable(answer -> Arrays.asList(JSON.readValue(answer, Open[].class)))
        .sort(Comparator.comparing(Open::connectedAt).thenComparing(Open::connectionId))
        .collectList();
  }

  @Override
  public String topic() {
    return "user.connections";
  }

  @Override
  public Mono<String> asked(String json) {
    return Mono.fromSupplier(() -> answer(JSON.readValue(json, Question.class)));
  }

  private String answer(Question question) {
    List<Open> found =
        asked(question).map(connection -> open(connection, cluster.instanceId())).toList();
    String words = question.closeSaying();
    if (words != null) {
      asked(question).forEach(connection -> connection.close(CloseCode.FORBIDDEN, words));
    }
    return JSON.writeValueAsString(found);
  }

  private Stream<Connection> asked(Question question) {
    String deviceId = question.deviceId();
    return connections.of(question.userId()).stream()
        .filter(connection -> !connection.isClosing())
        .filter(connection -> deviceId == null || deviceId.equals(connection.deviceId()));
  }

  private static Open open(Connection connection, String instance) {
    return new Open(
        connection.id(),
        connection.deviceId(),
        instance,
        connection.connectedAt(),
        connection.client());
  }
}
