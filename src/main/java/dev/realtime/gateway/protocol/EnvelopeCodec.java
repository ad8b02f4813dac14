package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonTypeName;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads and writes the JSON of the envelope, section 2 of the protocol. Thread-safe.
 *
 * <p>The codec parses a frame to a tree first, so that its {@code id} is known even when its {@code
 * data} does not fit.
 */
public final class EnvelopeCodec {

  private final JsonMapper mapper = WireJson.mapper();
  private final Map<String, Class<? extends Command>> commands = leaves(Command.class);
  private final Map<String, Class<? extends Event>> events = leaves(Event.class);
  private final ClassValue<String> names = new WireNames();

  /**
   * Reads a frame of a client; never throws.
   *
   * @return {@link Inbound.Refused} for a frame that cannot be carried out
   */
  public Inbound decode(String frame) {
    JsonNode root;
    try {
      root = mapper.readTree(frame);
    } catch (JacksonException notJson) {
      return undecodable("A frame must be exactly one JSON object.");
    }
    if (!(root instanceof ObjectNode envelope)) {
      return undecodable("A frame must be exactly one JSON object.");
    }
    return decode(envelope, frame.contains("\\u"));
  }

  /**
   * Keeps the readable parts of a refused command, so that its sender can relate the error to it.
   */
  private Inbound decode(ObjectNode envelope, boolean escapes) {
    String event = echo(envelope.get("event"));
    String tempId = echo(envelope.path("data").get("tempId"));
    String id = null;
    boolean understood = false;
    try {
      id = commandId(envelope.get("id"));
      if (escapes) {
        UnicodeCheck.requireSound(envelope);
      }
      Class<? extends Command> type = commandType(envelope.get("event"));
      understood = true;
      Command command = WireJson.read(expand(type, envelope.get("data")), type);
      return new Inbound.Accepted(id, nameOf(command), tempId, command);
    } catch (GatewayException refused) {
      // A command with wrong data is a small mistake; a frame that is none counts towards 4029.
      boolean undecodable = !understood && refused.code() != ErrorCode.UNKNOWN_EVENT;
      return new Inbound.Refused(id, event, tempId, refused, undecodable);
    }
  }

  private Class<? extends Command> commandType(@Nullable JsonNode event) {
    if (event == null || event.isNull()) {
      throw GatewayException.badRequest("event", "event is required.");
    }
    if (!event.isString()) {
      throw GatewayException.badRequest("event", "event must be a string.");
    }
    Class<? extends Command> type = commands.get(event.stringValue());
    if (type == null) {
      throw GatewayException.of(ErrorCode.UNKNOWN_EVENT);
    }
    return type;
  }

  private JsonNode expand(Class<? extends Command> type, @Nullable JsonNode data) {
    if (data == null || data.isNull()) {
      return mapper.createObjectNode();
    }
    ShortForm shortForm = type.getAnnotation(ShortForm.class);
    return data.isString() && shortForm != null
        ? mapper.createObjectNode().set(shortForm.value(), data)
        : data;
  }

  private static @Nullable String echo(@Nullable JsonNode node) {
    return node != null
            && node.isString()
            && node.stringValue().length() <= Bounds.ID_LENGTH
            && !UnicodeCheck.isBroken(node)
        ? node.stringValue()
        : null;
  }

  private static @Nullable String commandId(@Nullable JsonNode node) {
    if (node == null || node.isNull()) {
      return null;
    }
    if (!node.isString() && !node.isIntegralNumber()) {
      throw GatewayException.badRequest("id", "id must be a string or a whole number.");
    }
    if (UnicodeCheck.isBroken(node)) {
      throw GatewayException.badRequest("id", UnicodeCheck.SENTENCE);
    }
    return Checks.text("id", node.asString(), 1, Bounds.COMMAND_ID_LENGTH);
  }

  private static Inbound undecodable(String sentence) {
    return new Inbound.Refused(
        null, null, null, GatewayException.of(ErrorCode.BAD_REQUEST, sentence), true);
  }

  /** Returns the frame of a push. */
  public byte[] encode(Event event) {
    return event instanceof AppEvent app
        ? write(app.event(), null, app.data())
        : write(nameOf(event), null, event);
  }

  /** Returns the frame of the reply to the command with this id. */
  public byte[] encode(String id, Reply reply) {
    return write("ack", id, reply);
  }

  /** Returns the error that refuses a command; it names event and tempId where there is no id. */
  public byte[] encode(
      @Nullable String id, @Nullable String event, @Nullable String tempId, GatewayException why) {
    return write("error", id, ErrorData.of(event, tempId, why));
  }

  /** Returns the frame of a command, as a client sends it. */
  public byte[] encode(@Nullable String id, Command command) {
    return write(nameOf(command), id, command);
  }

  /**
   * Reads a push, as a client does.
   *
   * @throws GatewayException if no such event exists or the data does not fit
   */
  public Event decodeEvent(String event, JsonNode data) {
    if (event.startsWith(AppEvent.PREFIX)) {
      return new AppEvent(event, data);
    }
    Class<? extends Event> type = events.get(event);
    if (type == null) {
      throw GatewayException.of(ErrorCode.UNKNOWN_EVENT);
    }
    return WireJson.read(data, type);
  }

  /** Reads a push from a whole frame, as {@link #encode(Event)} wrote it. */
  public Event decodeEvent(byte[] frame) {
    JsonNode envelope = mapper.readTree(frame);
    return decodeEvent(envelope.path("event").asString(), envelope.path("data"));
  }

  /** Returns the name of a command or event on the wire. */
  public String nameOf(Object record) {
    return names.get(record.getClass());
  }

  private byte[] write(String event, @Nullable String id, Object data) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (JsonGenerator json = mapper.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeStringProperty("event", event);
      if (id != null) {
        json.writeStringProperty("id", id);
      }
      json.writeName("data");
      json.writePOJO(data);
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }

  private static <T> Map<String, Class<? extends T>> leaves(Class<T> root) {
    Map<String, Class<? extends T>> found = new HashMap<>();
    leafTypes(root).forEach(type -> found.put(wireName(type), type.asSubclass(root)));
    return Map.copyOf(found);
  }

  /** Returns the records below a sealed interface of this package. */
  static Stream<Class<?>> leafTypes(Class<?> type) {
    Class<?>[] permitted = type.getPermittedSubclasses();
    return permitted == null
        ? Stream.of(type)
        : Arrays.stream(permitted).flatMap(EnvelopeCodec::leafTypes);
  }

  private static String wireName(Class<?> type) {
    JsonTypeName name = type.getAnnotation(JsonTypeName.class);
    if (name == null) {
      throw new IllegalStateException(type + " has no @JsonTypeName");
    }
    return name.value();
  }

  private static final class WireNames extends ClassValue<String> {
    @Override
    protected String computeValue(Class<?> type) {
      return wireName(type);
    }
  }
}
