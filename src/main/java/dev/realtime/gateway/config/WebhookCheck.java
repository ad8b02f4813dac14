package dev.realtime.gateway.config;

import java.net.URI;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.core.env.PropertyResolver;

/** Validates the settings of webhooks, each one and their combination. */
final class WebhookCheck {

  static final String SECRET_FORM = "the output of: echo whsec_$(openssl rand -base64 32)";

  private static final String SECRET_PREFIX = "whsec_";
  private static final int LEAST_KEY_BYTES = 24;
  private static final int MOST_KEY_BYTES = 64;

  static final String URL_FORM = "https://host/path, or http:// inside a network you trust";

  /** The wire names of the types, for messages; a test compares them with the types. */
  static final List<String> TYPES =
      List.of(
          "message.created",
          "message.undelivered",
          "notification.undelivered",
          "stream.started",
          "stream.ended");

  private WebhookCheck() {}

  static Optional<String> urlFault(String url) {
    try {
      URI uri = URI.create(url.strip());
      boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (!http || uri.getHost() == null || uri.getFragment() != null) {
        return Optional.of("is not an http:// or https:// URL");
      }
      // A user in the URL would end up in logs; the signature identifies the sender already.
      return uri.getUserInfo() == null
          ? Optional.empty()
          : Optional.of("holds a user or password, which are not sent");
    } catch (IllegalArgumentException malformed) {
      return Optional.of("is not an http:// or https:// URL");
    }
  }

  /** Checks the form that the Standard Webhooks specification gives a secret. */
  static Optional<String> secretFault(String secret) {
    if (!secret.startsWith(SECRET_PREFIX)) {
      return Optional.of("does not begin with " + SECRET_PREFIX);
    }
    try {
      int bytes = Base64.getDecoder().decode(secret.substring(SECRET_PREFIX.length())).length;
      return bytes >= LEAST_KEY_BYTES && bytes <= MOST_KEY_BYTES
          ? Optional.empty()
          : Optional.of("has a key of %d bytes, not of 24 to 64".formatted(bytes));
    } catch (IllegalArgumentException malformed) {
      return Optional.of("is not base64 after " + SECRET_PREFIX);
    }
  }

  static Optional<String> eventsFault(String events) {
    return Stream.of(events.split(",", -1))
        .map(String::strip)
        .filter(name -> !TYPES.contains(name))
        .findFirst()
        .map("names '%s', which is no type of event"::formatted);
  }

  /** Returns problems of the combination of settings. */
  static List<ConfigurationProblem> together(
      Setting url, Setting secret, Setting events, PropertyResolver environment) {
    boolean hasUrl = !url.valueIn(environment).isBlank();
    if (hasUrl && secret.valueIn(environment).isBlank()) {
      return List.of(secret.problem("WEBHOOK_SECRET is not set, but WEBHOOK_URL is."));
    }
    if (!hasUrl && !events.valueIn(environment).isBlank()) {
      return List.of(url.problem("WEBHOOK_URL is not set, but WEBHOOK_EVENTS is."));
    }
    return List.of();
  }

  static Optional<String> remark(String url) {
    return url.startsWith("http://")
        ? Optional.of("WEBHOOK_URL is plain http: others on the network can read the events.")
        : Optional.empty();
  }
}
