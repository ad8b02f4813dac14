package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonTypeName;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;

/**
 * An event that the platform sends to its own apps; the gateway passes it on unchanged. The
 * platform chooses the name, which begins with {@code app:}. In a list of event types {@code
 * app:event} stands for all of them.
 *
 * @param event the name on the wire, at most 64 characters
 * @param data a JSON object of at most 16 KiB
 */
@JsonTypeName("app:event")
public record AppEvent(String event, JsonNode data) implements Event {

  /** The prefix of the names of the platform's events; the gateway's own events never have it. */
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
   * Returns a delivery that may drop the event: the gateway does not store it, so a resume could
   * not replay it to a connection closed because of it. It outlasts the messages of viewers.
   */
  @Override
  public Delivery delivery() {
    return new Delivery.SampledLast();
  }
}
