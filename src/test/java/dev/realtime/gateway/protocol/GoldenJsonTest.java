package dev.realtime.gateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.realtime.gateway.protocol.ChatReply.Chats;
import dev.realtime.gateway.protocol.ChatReply.Delivered;
import dev.realtime.gateway.protocol.ChatReply.History;
import dev.realtime.gateway.protocol.ChatReply.ReactionCount;
import dev.realtime.gateway.protocol.ChatReply.Read;
import dev.realtime.gateway.protocol.ChatReply.Receipts;
import dev.realtime.gateway.protocol.Reply.Done;
import dev.realtime.gateway.protocol.SessionEvent.Welcome;
import dev.realtime.gateway.protocol.SessionReply.Pong;
import dev.realtime.gateway.protocol.SessionReply.Resumed;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Every type of the protocol, read and written as the files under {@code golden/} say. */
class GoldenJsonTest {

  private static final EnvelopeCodec CODEC = new EnvelopeCodec();

  /** The reply to each command. */
  static final Map<String, Class<? extends Reply>> REPLIES =
      Map.ofEntries(
          Map.entry("session:auth", Welcome.class),
          Map.entry("session:resume", Resumed.class),
          Map.entry("session:ping", Pong.class),
          Map.entry("chat:create", ChatReply.Created.class),
          Map.entry("chat:join", ChatState.class),
          Map.entry("chat:leave", Done.class),
          Map.entry("chat:message", ChatReply.Accepted.class),
          Map.entry("chat:edit", Message.class),
          Map.entry("chat:delete", Done.class),
          Map.entry("chat:typing", Done.class),
          Map.entry("chat:delivered", Delivered.class),
          Map.entry("chat:read", Read.class),
          Map.entry("chat:reaction", ReactionCount.class),
          Map.entry("chat:history", History.class),
          Map.entry("chat:list", Chats.class),
          Map.entry("chat:receipts", Receipts.class),
          Map.entry("chat:member", Done.class),
          Map.entry("live:create", LiveReply.Created.class),
          Map.entry("live:reaction", Done.class),
          Map.entry("live:status", LiveReply.Status.class),
          Map.entry("live:moderate", Done.class),
          Map.entry("live:join", StreamState.class),
          Map.entry("live:leave", Done.class),
          Map.entry("live:message", LiveReply.Said.class),
          Map.entry("notification:list", NotificationReply.Page.class),
          Map.entry("notification:read", NotificationReply.Unread.class),
          Map.entry("notification:ack", Done.class));

  static List<Golden> commands() {
    return Golden.all("commands");
  }

  static List<Golden> events() {
    return Golden.all("events");
  }

  static List<Golden> replies() {
    return Golden.all("replies");
  }

  static List<Golden> errors() {
    return Golden.all("errors");
  }

  private static Set<String> names(Class<?> root) {
    return EnvelopeCodec.leafTypes(root)
        .map(type -> Objects.requireNonNull(type.getAnnotation(JsonTypeName.class)).value())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> full(List<Golden> goldens) {
    return goldens.stream()
        .filter(Golden::isFull)
        .map(Golden::event)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> components(Class<?> type) {
    return Arrays.stream(type.getRecordComponents())
        .map(RecordComponent::getName)
        .collect(Collectors.toSet());
  }

  private static JsonNode tree(byte[] frame) {
    return WireJson.mapper().readTree(new String(frame, StandardCharsets.UTF_8));
  }

  @Test
  void existsForEachType() {
    assertThat(full(commands())).isEqualTo(names(Command.class)).hasSize(27);
    assertThat(full(events())).isEqualTo(names(Event.class)).hasSize(27);
    assertThat(REPLIES.keySet()).isEqualTo(names(Command.class));
    assertThat(replies())
        .extracting(golden -> golden.file().replaceFirst("\\.", ":"))
        .hasSameElementsAs(REPLIES.keySet());
    assertThat(new HashSet<Class<?>>(REPLIES.values()))
        .isEqualTo(EnvelopeCodec.leafTypes(Reply.class).collect(Collectors.toSet()));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void readsAndWritesEveryCommand(Golden golden) {
    assertThat(CODEC.decode(golden.envelope().toString()))
        .isInstanceOfSatisfying(
            Inbound.Accepted.class,
            accepted -> {
              assertThat(accepted.event()).isEqualTo(golden.event());
              assertThat(accepted.id()).isEqualTo(golden.envelope().path("id").asString());
              assertThat(accepted.family())
                  .isIn("session", "session:ping", "chat", "live", "notification");
              assertThat(tree(CODEC.encode(accepted.id(), accepted.command())))
                  .isEqualTo(longForm(golden, accepted.command()));
            });
  }

  private static JsonNode longForm(Golden golden, Command command) {
    if (!golden.data().isString()) {
      return golden.envelope();
    }
    ShortForm form = Objects.requireNonNull(command.getClass().getAnnotation(ShortForm.class));
    ObjectNode expanded = ((ObjectNode) golden.envelope()).deepCopy();
    expanded.putObject("data").set(form.value(), golden.data());
    return expanded;
  }

  @ParameterizedTest
  @MethodSource("events")
  void readsAndWritesEveryEvent(Golden golden) {
    Event event = CODEC.decodeEvent(golden.event(), golden.data());

    assertThat(tree(CODEC.encode(event))).isEqualTo(golden.envelope());
  }

  @Test
  void showsEveryField() {
    EnvelopeCodec.leafTypes(Command.class)
        .forEach(type -> assertThat(shown(commands(), type)).isEqualTo(components(type)));
    EnvelopeCodec.leafTypes(Event.class)
        .filter(type -> type != AppEvent.class) // its data is the platform's
        .forEach(type -> assertThat(shown(events(), type)).isEqualTo(components(type)));
    assertThat(fields(errors())).isEqualTo(components(ErrorData.class));
  }

  private static Set<String> shown(List<Golden> goldens, Class<?> type) {
    String name = Objects.requireNonNull(type.getAnnotation(JsonTypeName.class)).value();
    return fields(goldens.stream().filter(golden -> golden.event().equals(name)).toList());
  }

  private static Set<String> fields(List<Golden> goldens) {
    return goldens.stream()
        .flatMap(golden -> golden.data().propertyNames().stream())
        .collect(Collectors.toSet());
  }

  @ParameterizedTest
  @MethodSource("replies")
  void readsAndWritesEveryReply(Golden golden) {
    Class<? extends Reply> type =
        Objects.requireNonNull(REPLIES.get(golden.file().replaceFirst("\\.", ":")));
    Reply reply = WireJson.mapper().readValue(golden.data().toString(), type);

    assertThat(golden.event()).isEqualTo("ack");
    assertThat(tree(CODEC.encode(golden.envelope().path("id").asString(), reply)))
        .isEqualTo(golden.envelope());
  }

  @ParameterizedTest
  @MethodSource("errors")
  void readsAndWritesEveryError(Golden golden) {
    ErrorData error = WireJson.mapper().readValue(golden.data().toString(), ErrorData.class);
    String written = WireJson.mapper().writeValueAsString(error);

    assertThat(WireJson.mapper().readTree(written)).isEqualTo(golden.data());
    if (error.retryAfterMs() == null && error.event() != null) {
      JsonNode id = golden.envelope().get("id");
      assertThat(
              tree(
                  CODEC.encode(
                      id == null ? null : id.asString(),
                      error.event(),
                      error.tempId(),
                      refusal(error))))
          .isEqualTo(golden.envelope());
    }
  }

  private static GatewayException refusal(ErrorData error) {
    return error.field() == null
        ? GatewayException.of(error.code(), error.message())
        : GatewayException.field(error.code(), error.field(), error.message());
  }
}
