package dev.realtime.gateway.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.realtime.gateway.dev.DevelopmentRedis;
import dev.realtime.gateway.protocol.WireJson;
import dev.realtime.gateway.support.ApiCalls;
import dev.realtime.gateway.support.ApiCalls.Answer;
import dev.realtime.gateway.support.TestDatabase;
import dev.realtime.gateway.support.TestGateway;
import dev.realtime.gateway.web.ApiExamples.Example;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What {@code /v3/api-docs} says is what the calls do: each status is seen, and no other. */
@Timeout(120)
class ApiDescriptionIT {

  private static final String JSON = "application/json";
  private static final String HUGE = "\"" + "x".repeat(8 << 20) + "\"";

  private static final TestDatabase DATABASE = TestDatabase.fresh();
  private static TestGateway gateway;
  private static @Nullable DevelopmentRedis redis;
  private static JsonNode description;

  /** A call as the description has it. */
  private record Operation(String name, JsonNode node) {

    Set<Integer> statuses() {
      return node.get("responses").propertyNames().stream()
          .filter(status -> !status.equals("default"))
          .map(Integer::valueOf)
          .collect(Collectors.toCollection(TreeSet::new));
    }

    String method() {
      return name.substring(0, name.indexOf(' '));
    }

    String contentType() {
      return node.path("requestBody").path("content").propertyNames().stream()
          .findFirst()
          .orElse(JSON);
    }

    List<Example> examples() {
      List<Example> examples = ApiExamples.ALL.get(name);
      assertThat(examples).as(name + " has no examples: add some to ApiExamples").isNotNull();
      return examples == null ? List.of() : examples;
    }

    /** The fields that its body must have. */
    List<String> required() {
      JsonNode schema = node.path("requestBody").path("content").path(JSON).path("schema");
      return schema.has("$ref")
          ? description
              .at(schema.get("$ref").asString().substring(1))
              .path("required")
              .valueStream()
              .map(JsonNode::asString)
              .toList()
          : List.of();
    }

    boolean hasBody() {
      return node.has("requestBody");
    }
  }

  @BeforeAll
  static void start() {
    redis = DevelopmentRedis.startTemporary();
    gateway = TestGateway.start(DATABASE.url(), redis());
    description = ApiCalls.to(gateway).as(null).call("GET", "/v3/api-docs", null).body();
    DATABASE.run(ApiExamples.DEAD_LETTER, ApiExamples.WAITING_QUEUE, ApiExamples.WAITING_EVENT);
    ApiExamples.BEFORE.forEach(example ->
        assertThat(send("POST", JSON, TestGateway.serviceToken(), example).status())
            .isEqualTo(example.status()));
  }

  @AfterAll
  static void stop() {
    gateway.close();
    redis().close();
  }

  private static DevelopmentRedis redis() {
    return Objects.requireNonNull(redis);
  }

  private static Map<String, Operation> operations() {
    Map<String, Operation> all = new TreeMap<>();
    description
        .get("paths")
        .properties()
        .forEach(path ->
            path.getValue()
                .properties()
                .forEach(method -> {
                  String name = method.getKey().toUpperCase(java.util.Locale.ROOT);
                  String key = name + " " + path.getKey();
                  all.put(key, new Operation(key, method.getValue()));
                }));
    return all;
  }

  @Test
  void describesTheWholeServerApi() {
    assertThat(description.get("openapi").asString()).startsWith("3.1");
    assertThat(operations().keySet())
        .as("examples are of calls that are there")
        .containsAll(ApiExamples.ALL.keySet());
    assertThat(description.at("/components/securitySchemes/serviceToken/scheme").asString())
        .isEqualTo("bearer");
    assertThat(description.at("/security/0").has("serviceToken")).isTrue();
    operations()
        .values()
        .forEach(operation ->
            assertThat(operation.node().path("summary").asString(""))
                .as(operation.name() + " needs a sentence: @Described")
                .isNotEmpty());
  }

  @Test
  void isShownAsAPageInDevelopment() {
    Answer page = ApiCalls.to(gateway).as(null).call("GET", "/swagger-ui.html", null);

    assertThat(page.response().headers().firstValue("Location").orElse(""))
        .endsWith("/swagger-ui/index.html");
    assertThat(
            ApiCalls.to(gateway)
                .as(null)
                .call("GET", "/webjars/swagger-ui/index.html", null)
                .status())
        .isEqualTo(200);
  }

  /** PostgreSQL and Redis go away last, once for all. */
  @TestFactory
  Stream<DynamicTest> describesEveryStatusThatIsSeenAndNoOther() {
    List<DynamicTest> tests = new ArrayList<>();
    operations()
        .values()
        .forEach(operation -> tests.add(dynamicTest(operation.name(), () -> check(operation))));
    tests.add(dynamicTest("the stores go away", ApiDescriptionIT::takeStoresAway));
    operations()
        .values()
        .forEach(operation ->
            tests.add(
                dynamicTest(operation.name() + " without stores", () -> withoutStores(operation))));
    return tests.stream();
  }

  /** A body without it is refused by its name. */
  @TestFactory
  Stream<DynamicTest> requiresWhatItCallsRequired() {
    return operations().values().stream()
        .filter(operation -> !operation.required().isEmpty())
        .filter(operation -> operation.contentType().equals(JSON))
        .map(operation -> dynamicTest(operation.name(), () -> leaveOut(operation)));
  }

  private static void leaveOut(Operation operation) {
    Example good = operation.examples().getFirst();
    for (String field : operation.required()) {
      ObjectNode body = (ObjectNode) WireJson.mapper().readTree(String.valueOf(good.body()));
      body.remove(field);
      send(
              operation,
              TestGateway.serviceToken(),
              new Example(400, good.path(), body.toString(), null))
          .assertProblem(400, "bad_request", field);
    }
  }

  private static void check(Operation operation) {
    Set<Integer> seen = new TreeSet<>(Set.of(503));
    seen.retainAll(operation.statuses());
    for (Example example : operation.examples()) {
      Answer answer = send(operation, TestGateway.serviceToken(), example);
      assertThat(answer.status()).as(answer.response().body()).isEqualTo(example.status());
      seen.add(fits(operation, answer));
    }
    Example good = operation.examples().getFirst();
    seen.add(fits(operation, send(operation, null, good)));
    seen.add(fits(operation, send(operation, expired(), good)));
    seen.add(fits(operation, send(operation, TestGateway.token("alice"), good)));
    if (operation.hasBody()) {
      seen.add(
          fits(
              operation, send(operation.method(), "text/plain", TestGateway.serviceToken(), good)));
      seen.add(fits(operation, spoilt(operation, good, "{")));
      seen.add(fits(operation, spoilt(operation, good, HUGE)));
    }
    String open = operation.name().substring(operation.name().indexOf(' ') + 1);
    if (open.contains("{")) {
      String path = open.replaceAll("\\{[^}]+}", "x".repeat(129));
      Example overlong = new Example(400, path, good.body(), null);
      seen.add(fits(operation, send(operation, TestGateway.serviceToken(), overlong)));
    }
    assertThat(seen).as("statuses of " + operation.name()).isEqualTo(operation.statuses());
  }

  private static void takeStoresAway() {
    DATABASE.shut();
    redis().kill();
  }

  private static void withoutStores(Operation operation) {
    Answer answer = send(operation, TestGateway.serviceToken(), operation.examples().getFirst());

    assertThat(answer.status())
        .as(answer.response().body())
        .isEqualTo(
            operation.statuses().contains(503) ? 503 : operation.examples().getFirst().status());
    fits(operation, answer);
    if (answer.status() == 503) {
      assertThat(answer.response().headers().firstValue("Retry-After")).isPresent();
    }
  }

  private static Answer spoilt(Operation operation, Example good, String body) {
    return send(operation, TestGateway.serviceToken(), new Example(400, good.path(), body, null));
  }

  private static String expired() {
    return TestGateway.token(
        "b", Duration.ofSeconds(-1), "gateway:admin", TestGateway.ACCESS_SECRET);
  }

  private static Answer send(Operation operation, @Nullable String token, Example example) {
    return send(operation.method(), operation.contentType(), token, example);
  }

  private static Answer send(
      String method, String contentType, @Nullable String token, Example example) {
    List<String> headers = new ArrayList<>(List.of("Content-Type", contentType));
    if (example.key() != null) {
      headers.addAll(List.of("Idempotency-Key", example.key()));
    }
    return ApiCalls.to(gateway)
        .as(token)
        .call(method, example.path(), example.body(), headers.toArray(String[]::new));
  }

  /** The status, if it and the body are as described. */
  private static int fits(Operation operation, Answer answer) {
    String what = operation.name() + " " + answer.status() + " " + answer.response().body();
    JsonNode described = operation.node().get("responses").path(Integer.toString(answer.status()));
    assertThat(described.isMissingNode()).as("not described: " + what).isFalse();
    String type = answer.status() < 400 ? JSON : "application/problem+json";
    JsonNode schema = described.path("content").path(type).path("schema");
    assertThat(schema.isMissingNode()).as(what).isEqualTo(answer.response().body().isEmpty());
    if (!schema.isMissingNode()) {
      assertThat(answer.response().headers().firstValue("Content-Type")).as(what).contains(type);
      new JsonShapes(description).assertShape(what, schema, answer.body());
    }
    return answer.status();
  }
}
