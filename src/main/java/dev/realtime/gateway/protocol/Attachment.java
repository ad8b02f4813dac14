package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * A file attached to a message; the gateway stores the reference, never the file.
 *
 * @param url https, at most 2,048 characters
 * @param mime the media type, at most 128 characters
 * @param size bytes
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Attachment(String url, String mime, Long size, @Nullable String name) {

  private static final String FIELD = "attachments";

  public Attachment {
    if (!Checks.required(FIELD, "An attachment's url", url).startsWith("https://")) {
      throw GatewayException.badRequest(FIELD, "An attachment's url must begin with https://.");
    }
    Checks.text(FIELD, "An attachment's url", url, 9, Bounds.URL_LENGTH);
    Ids.check(FIELD, "An attachment's mime", mime);
    Checks.required(FIELD, "An attachment's size", size);
    Checks.notNegative(FIELD, "An attachment's size", size);
    if (name != null) {
      Checks.text(FIELD, "An attachment's name", name, 0, Bounds.TITLE_LENGTH);
    }
  }
}
