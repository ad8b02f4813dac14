package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The content of a notification that has no recipient yet.
 *
 * @param type 1 to 128 characters
 * @param title at most 200 characters
 * @param message at most 4,000 characters
 * @param data an object of at most 4 KiB; null for none
 * @param collapseKey a newer notification with the same key replaces the older one; null for none
 * @param expiresAt the time after which the gateway no longer delivers it; null for never
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NewNotification(
    String type,
    String title,
    String message,
    @Nullable JsonNode data,
    @Nullable String collapseKey,
    @Nullable Instant expiresAt) {

  public NewNotification {
    Ids.check("type", type);
    Checks.text("title", Checks.required("title", title), 0, Bounds.TITLE_LENGTH);
    Checks.required("message", message);
    if (message.codePointCount(0, message.length()) > Bounds.CONTENT_LENGTH) {
      throw GatewayException.badRequest(
          "message", "message must have at most " + Bounds.CONTENT_LENGTH + " characters.");
    }
    Checks.optionalId("collapseKey", collapseKey);
    data = data == null || data.isNull() ? null : object(data);
  }

  /** Returns a notification of the gateway's own; its title is cut to fit and may be empty. */
  public static NewNotification own(String type, String title, String message, JsonNode data) {
    String line = title.replaceAll("\\p{Cntrl}", " ");
    String fitting = line.substring(0, Math.min(line.length(), Bounds.TITLE_LENGTH));
    return new NewNotification(type, fitting, message, data, null, null);
  }

  private static JsonNode object(JsonNode data) {
    if (!data.isObject()) {
      throw GatewayException.badRequest("data", "data must be an object.");
    }
    if (UnicodeCheck.isBroken(data)) {
      throw GatewayException.badRequest("data", UnicodeCheck.SENTENCE);
    }
    if (data.toString().getBytes(StandardCharsets.UTF_8).length > Bounds.NOTIFICATION_DATA_BYTES) {
      throw GatewayException.badRequest("data", "data must have at most 4 KiB.");
    }
    return data;
  }
}
