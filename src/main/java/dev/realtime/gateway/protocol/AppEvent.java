package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonTypeName;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;

/**
 * What the platform tells its own apps, passed on as it is. The names are the platform's: all that
 * begin with {@code app:}. Where types are listed, {@code app:event} stands for all of them.
 *
 * @param event the name on the wire, at most 64 characters
 * @param data a JSON object of at most 16 KiB
 */
@JsonTypeName("app:event")
public record AppEvent(String event, JsonNode data) implements Event {

  /** What the names of the platform's events begin with; the gateway's own never do. */
  public static final String PREFIX = "app:";

  public AppEvent {
    Checks.text(
        "event", Checks.required("event", event), PREFIX.length() + 1, Bounds.EVENT_NAME_LENGTH);
    if (!event.startsWith(PREFIX) || UnicodeCheck.isBroken(event)) {
      throw GatewayException.badRequest("event", "event must begin with " + PREFIX);
    }
    if (!Checks.required("data", data).isObject()) {
      throw GatewayException.badRequest("data", "data must be an object.");
    }
    if (UnicodeCheck.isBroken(data)) {
      throw GatewayException.badRequest("data", UnicodeCheck.SENTENCE);
    }
    if (data.toString().getBytes(StandardCharsets.UTF_8).length > Bounds.EVENT_DATA_BYTES) {
      throw GatewayException.field(ErrorCode.TOO_LARGE, "data", "data must have at most 16 KiB.");
    }
  }

  /**
   * The gateway does not store it, so a connection closed for its sake could not get it by a
   * resume; yet it outlasts the words of viewers.
   */
  @Override
  public Delivery delivery() {
    return new Delivery.SampledLast();
  }
}
