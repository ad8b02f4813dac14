package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.cfg.MutableCoercionConfig;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;

/**
 * The JSON of the socket, the server API and the store: strict about types, lenient about unknown
 * fields, times as in section 2 of the protocol.
 */
public final class WireJson {

  private static final JsonMapper MAPPER = build();

  private WireJson() {}

  /** Returns the one mapper, which is immutable and thread-safe. */
  public static JsonMapper mapper() {
    return MAPPER;
  }

  /**
   * Returns a mapper for bodies of the server API. It refuses U+0000 and lone surrogates, which no
   * store accepts; the envelope codec checks for them itself.
   */
  public static JsonMapper soundTextMapper() {
    return MAPPER.rebuild().addModule(new SoundText()).build();
  }

  /** Returns how many bytes a value has as JSON. */
  public static int bytes(Object value) {
    return MAPPER.writeValueAsBytes(value).length;
  }

  private static JsonMapper build() {
    JsonFactory factory =
        JsonFactory.builder()
            .streamReadConstraints(
                StreamReadConstraints.builder().maxNestingDepth(Bounds.NESTING).build())
            .build();
    return JsonMapper.builder(factory)
        .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
        .withCoercionConfig(LogicalType.Textual, WireJson::refuseOtherThanText)
        .withCoercionConfig(LogicalType.Integer, blank -> blank.setAcceptBlankAsEmpty(false))
        .withCoercionConfig(LogicalType.Boolean, blank -> blank.setAcceptBlankAsEmpty(false))
        .changeDefaultPropertyInclusion(
            inclusion -> inclusion.withValueInclusion(JsonInclude.Include.ALWAYS))
        .addModule(new WireTimes())
        .build();
  }

  private static void refuseOtherThanText(MutableCoercionConfig coercion) {
    coercion
        .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
        .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
        .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
  }

  /**
   * Reads data as a type of the protocol.
   *
   * @throws GatewayException {@code bad_request} with the field that does not fit
   */
  static <T> T read(JsonNode data, Class<T> type) {
    if (!data.isObject()) {
      throw GatewayException.badRequest("data", "data must be an object.");
    }
    try {
      return MAPPER.treeToValue(data, type);
    } catch (JacksonException misfit) {
      throw refusal(misfit, "data");
    }
  }

  /** Converts an error of the mapper into the refusal for the sender of the JSON. */
  public static GatewayException refusal(JacksonException misfit) {
    return refusal(misfit, null);
  }

  /**
   * @param whole the name of the JSON value as a whole; null if it has none
   */
  private static GatewayException refusal(JacksonException misfit, @Nullable String whole) {
    for (Throwable cause = misfit; cause != null; cause = cause.getCause()) {
      if (cause instanceof GatewayException refusal) {
        return refusal;
      }
    }
    String field =
        misfit.getPath().stream()
            .map(JacksonException.Reference::getPropertyName)
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(whole);
    return field == null
        ? GatewayException.of(ErrorCode.BAD_REQUEST, "The body is not the expected JSON object.")
        : GatewayException.badRequest(field, field + " has the wrong type or value.");
  }
}
