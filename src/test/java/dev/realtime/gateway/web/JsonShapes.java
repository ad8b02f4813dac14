package dev.realtime.gateway.web;

import static org.assertj.core.api.Assertions.assertThat;

import tools.jackson.databind.JsonNode;

/**
 * Compares JSON with the shapes of an OpenAPI description.
 *
 * @param description the whole of it, which schemas refer to
 */
record JsonShapes(JsonNode description) {

  private static String typeOf(JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT -> "object";
      case ARRAY -> "array";
      case STRING -> "string";
      case BOOLEAN -> "boolean";
      default -> value.isIntegralNumber() ? "integer" : value.getNodeType().toString();
    };
  }

  void assertShape(String what, JsonNode schema, JsonNode body) {
    JsonNode shape =
        schema.has("$ref") ? description.at(schema.get("$ref").asString().substring(1)) : schema;
    assertThat(shape.path("type").asString(typeOf(body))).as(what).isEqualTo(typeOf(body));
    if (shape.has("properties")) {
      assertThat(shape.get("properties").propertyNames())
          .as(what)
          .containsAll(body.propertyNames());
      shape
          .path("required")
          .valueStream()
          .forEach(field -> assertThat(body.has(field.asString())).as(what).isTrue());
      body.properties()
          .forEach(field ->
              assertShape(what, shape.get("properties").get(field.getKey()), field.getValue()));
    } else if (shape.has("items")) {
      body.valueStream().forEach(each -> assertShape(what, shape.get("items"), each));
    }
  }
}
