package dev.realtime.gateway.protocol;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stream to be made, by its host or by the platform.
 *
 * @param id as the platform wants it; null for one of the gateway's own
 * @param playbackUrl where the picture is; null for none
 * @param endOnHostLoss whether it ends when the host has been gone for 30 s
 */
public record StreamPlan(
    @Nullable String id,
    String hostId,
    String title,
    @Nullable String playbackUrl,
    boolean endOnHostLoss,
    List<String> moderatorIds) {

  public StreamPlan {
    Checks.optionalId("id", id);
    Ids.check("hostId", hostId);
    checkTitle(title);
    checkPlaybackUrl(playbackUrl);
    moderatorIds = moderators(moderatorIds);
  }

  /** Refuses with {@code bad_request} more than 100, and what is no id. */
  public static List<String> moderators(@Nullable List<String> ids) {
    return Checks.ids("moderatorIds", ids, Bounds.MODERATORS);
  }

  /** 1 to 200 characters, not all white space. */
  public static void checkTitle(@Nullable String title) {
    Checks.text("title", Checks.required("title", title), 1, Bounds.TITLE_LENGTH);
    if (title == null || title.isBlank()) {
      throw GatewayException.badRequest("title", "title must not be empty.");
    }
  }

  /** An http or https address of at most 2,048 characters, or null. */
  public static void checkPlaybackUrl(@Nullable String url) {
    if (url == null) {
      return;
    }
    Checks.text("playbackUrl", url, 1, Bounds.URL_LENGTH);
    if (!isWebAddress(url)) {
      throw GatewayException.badRequest("playbackUrl", "playbackUrl must be an http(s) address.");
    }
  }

  private static boolean isWebAddress(String url) {
    try {
      URI address = URI.create(url);
      return address.getHost() != null
          && ("https".equalsIgnoreCase(address.getScheme())
              || "http".equalsIgnoreCase(address.getScheme()));
    } catch (IllegalArgumentException malformed) {
      return false;
    }
  }
}
