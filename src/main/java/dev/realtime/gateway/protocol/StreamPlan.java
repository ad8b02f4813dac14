package dev.realtime.gateway.protocol;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stream that the host or the platform is about to create.
 *
 * @param id the id that the platform chose; null if the gateway assigns one
 * @param playbackUrl the address of the video; null for none
 * @param endOnHostLoss whether the stream ends after 30 s without its host
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
    // An instance that warms up has a stream too.
    Ids.checkCharacters("hostId", "hostId", hostId);
    checkTitle(title);
    checkPlaybackUrl(playbackUrl);
    moderatorIds = moderators(moderatorIds);
  }

  /** Checks moderator ids; refuses more than 100, or an invalid id, with {@code bad_request}. */
  public static List<String> moderators(@Nullable List<String> ids) {
    return Checks.ids("moderatorIds", ids, Bounds.MODERATORS);
  }

  /** Checks a title: 1 to 200 characters, not all white space. */
  public static void checkTitle(@Nullable String title) {
    Checks.text("title", Checks.required("title", title), 1, Bounds.TITLE_LENGTH);
    if (title == null || title.isBlank()) {
      throw GatewayException.badRequest("title", "title must not be empty.");
    }
  }

  /** Checks a playback address: http or https, at most 2,048 characters, or null. */
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
