package dev.realtime.gateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.protocol.Inbound.Accepted;
import dev.realtime.gateway.protocol.Inbound.Refused;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Every field of every command: absent, null, and of every wrong type. */
class CommandShapeTest {

  private static final EnvelopeCodec CODEC = new EnvelopeCodec();

  /** Each golden command with each of its fields that is present. */
  static Stream<Arguments> fields() {
    return Golden.all("commands").stream()
        .filter(golden -> golden.data().isObject())
        .flatMap(golden ->
            Arrays.stream(type(golden).getRecordComponents())
                .filter(field -> golden.data().has(field.getName()))
                .map(field -> Arguments.of(golden, field)));
  }

  private static Class<?> type(Golden golden) {
    return ((Accepted) CODEC.decode(golden.envelope().toString())).command().getClass();
  }

  /** Where one of two is needed the one that is there may not go. */
  private static boolean isRequired(RecordComponent field) {
    boolean body = field.getName().equals("content") || field.getName().equals("encrypted");
    boolean one = field.getDeclaringRecord() == NotificationCommand.ReadNotification.class;
    return body || one || !field.getAnnotatedType().isAnnotationPresent(Nullable.class);
  }

  private static String with(Golden golden, String field, String json) {
    ObjectNode frame = ((ObjectNode) golden.envelope()).deepCopy();
    ((ObjectNode) frame.get("data")).set(field, WireJson.mapper().readTree(json));
    return frame.toString();
  }

  private static String without(Golden golden, String field) {
    ObjectNode frame = ((ObjectNode) golden.envelope()).deepCopy();
    JsonNode removed = ((ObjectNode) frame.get("data")).remove(field);
    assertThat(removed).isNotNull();
    return frame.toString();
  }

  @ParameterizedTest
  @MethodSource("fields")
  void requiresEveryFieldThatIsNotOptional(Golden golden, RecordComponent field) {
    for (String frame :
        List.of(without(golden, field.getName()), with(golden, field.getName(), "null"))) {
      if (isRequired(field)) {
        String told =
            switch (field.getName()) {
              case "encrypted" -> "content";
              case "all" -> "id";
              default -> field.getName();
            };
        assertRefused(frame, golden, told);
      } else {
        assertThat(CODEC.decode(frame)).as(frame).isInstanceOf(Accepted.class);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("fields")
  void refusesWrongTypes(Golden golden, RecordComponent field) {
    for (String wrong : wrong(field.getType())) {
      assertRefused(with(golden, field.getName(), wrong), golden, field.getName());
    }
  }

  private static List<String> wrong(Class<?> type) {
    if (type == String.class) {
      return List.of("5", "1.5", "true", "{}", "[]", "[\"a\"]");
    }
    if (type == Long.class || type == Integer.class) {
      return List.of(
          "\"5\"",
          "\"\"",
          "\" \"",
          "\"x\"",
          "1.5",
          "1.0",
          "1e2",
          "1e400",
          "true",
          "{}",
          "[]",
          "[5]",
          "99999999999999999999",
          "-1",
          "-9223372036854775809");
    }
    if (type == Boolean.class) {
      return List.of("\"true\"", "\"\"", "\" \"", "1", "0", "1.5", "{}", "[]", "[true]");
    }
    if (type.isEnum()) {
      return List.of(
          "\"nonsense\"",
          "\"\"",
          "\" \"",
          "\"0\"",
          "\"GROUP\"",
          "\"ADD\"",
          "0",
          "1",
          "true",
          "{}",
          "[]");
    }
    if (type == List.class) {
      return List.of(
          "\"a\"", "\"\"", "\" \"", "5", "true", "{}", "[5]", "[null]", "[[]]", "[\"\"]");
    }
    if (type == Map.class) {
      return List.of("\"a\"", "\"\"", "\" \"", "5", "true", "[]", "{\"a\":true}", "{\"a\":null}");
    }
    return List.of("\"a\"", "\"\"", "\" \"", "5", "true", "[]", "[{}]");
  }

  private static void assertRefused(String frame, Golden golden, String field) {
    assertThat(CODEC.decode(frame))
        .as(frame)
        .isInstanceOfSatisfying(
            Refused.class,
            refused -> {
              assertThat(refused.why().code()).isEqualTo(ErrorCode.BAD_REQUEST);
              assertThat(refused.why().field()).as(frame).isEqualTo(field);
              assertThat(refused.id()).isEqualTo(golden.envelope().path("id").asString());
              assertThat(refused.event()).isEqualTo(golden.event());
              assertThat(refused.undecodable()).isFalse();
            });
  }
}
