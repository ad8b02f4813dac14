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

  public Attachment {
    Checks.text("attachments", Checks.required("attachments", url), 9, Bounds.URL_LENGTH);
    if (!url.startsWith("https://")) {
      throw GatewayException.badRequest("attachments", "An attachment's url must be https.");
    }
    Ids.check("attachments", mime);
    Checks.notNegative("attachments", Checks.required("attachments", size));
    if (name != null) {
      Checks.text("attachments", name, 0, Bounds.TITLE_LENGTH);
    }
  }
}
