package dev.realtime.gateway.config;

import static dev.realtime.gateway.config.Setting.age;
import static dev.realtime.gateway.config.Setting.choice;
import static dev.realtime.gateway.config.Setting.duration;
import static dev.realtime.gateway.config.Setting.flag;
import static dev.realtime.gateway.config.Setting.number;
import static dev.realtime.gateway.config.Setting.optional;
import static dev.realtime.gateway.config.Setting.required;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.springframework.core.env.PropertyResolver;

/** Validates every setting before the gateway starts; one line per environment variable. */
final class ConfigurationCheck {

  private static final int SECRET_BYTES = 32;
  private static final String SECRET_REMEDY =
      "at least 32 random bytes, for example the output of: openssl rand -base64 48";
  private static final int ANY = Integer.MAX_VALUE;
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Pattern ORIGIN = Pattern.compile("[a-z][a-z0-9+.-]*://[^/?#\\s*]+");

  private static final Setting ACCESS_SECRET =
      required(
          "JWT_ACCESS_TOKEN_SECRET",
          "gateway.jwt.access-token-secret",
          SECRET_REMEDY,
          ConfigurationCheck::secretFault);
  private static final Setting REFRESH_SECRET =
      optional(
          "JWT_REFRESH_TOKEN_SECRET",
          "gateway.jwt.refresh-token-secret",
          SECRET_REMEDY,
          "the gateway issues no refresh tokens",
          ConfigurationCheck::secretFault);

  private static final Setting WEBHOOK_URL =
      optional(
          "WEBHOOK_URL",
          "gateway.webhook.url",
          WebhookCheck.URL_FORM,
          "the gateway sends no webhooks",
          WebhookCheck::urlFault);
  private static final Setting WEBHOOK_SECRET =
      optional(
          "WEBHOOK_SECRET",
          "gateway.webhook.secret",
          WebhookCheck.SECRET_FORM,
          "the gateway sends no webhooks",
          WebhookCheck::secretFault);
  private static final Setting WEBHOOK_EVENTS =
      optional(
          "WEBHOOK_EVENTS",
          "gateway.webhook.events",
          "names separated by commas, of " + String.join(", ", WebhookCheck.TYPES),
          "the gateway sends no webhooks",
          WebhookCheck::eventsFault);

  static final List<Setting> SETTINGS =
      List.of(
          number("PORT", "server.port", 0, 65535),
          required(
              "BIND_ADDRESS",
              "server.address",
              "an address of this machine, for example 0.0.0.0 for all",
              ConfigurationCheck::addressFault),
          number("MANAGEMENT_PORT", "management.server.port", -1, 65535)
              .orEmpty("health and metrics are served on the main port"),
          choice("NODE_ENV", "gateway.environment", "production", "development"),
          ACCESS_SECRET,
          REFRESH_SECRET,
          optional(
              "ALLOWED_ORIGINS",
              "gateway.allowed-origins",
              "origins separated by commas, for example https://app.example.com",
              "no browser may connect",
              ConfigurationCheck::originsFault),
          flag("RATE_LIMITS_ENABLED", "gateway.rate-limits-enabled"),
          flag("TOKEN_IN_QUERY", "gateway.token-in-query"),
          choice("CHAT_CREATE", "gateway.chat-create", "anyone", "off"),
          choice("LIVE_CREATE", "gateway.live.create", "anyone", "off"),
          optional(
              "LIVE_BLOCKED_TERMS",
              "gateway.live.blocked-terms",
              "words separated by commas, a * at an end for any letters there",
              "no words are blocked",
              terms -> Optional.empty()),
          age(
              "NOTIFICATION_RETENTION",
              "gateway.notification.retention",
              Duration.ofHours(1),
              Duration.ofDays(3650)),
          required(
              "DATABASE_URL",
              "gateway.database.url",
              DatabaseUrl.FORM + " (special characters in user and password percent-encoded)",
              ConfigurationCheck::databaseUrlFault),
          number("DATABASE_POOL_SIZE", "gateway.database.pool-size", 1, 1000),
          required("REDIS_HOST", "gateway.redis.host", "a host name", host -> Optional.empty()),
          number("REDIS_PORT", "gateway.redis.port", 1, 65535),
          optional(
              "REDIS_PASSWORD",
              "gateway.redis.password",
              "the password Redis asks for",
              "the gateway sends Redis no password",
              password -> Optional.empty()),
          flag("REDIS_TLS", "gateway.redis.tls"),
          duration("SESSION_AUTH_DEADLINE", "gateway.session.auth-deadline", Duration.ofMillis(1)),
          duration("SESSION_HEARTBEAT", "gateway.session.heartbeat", Duration.ofMillis(1)),
          duration(
              "SESSION_HEARTBEAT_GRACE", "gateway.session.heartbeat-grace", Duration.ofMillis(1)),
          duration("SESSION_READ_PATIENCE", "gateway.session.read-patience", Duration.ofMillis(1)),
          duration("SESSION_DRAIN_WINDOW", "gateway.session.drain-window", Duration.ZERO),
          number("EVENT_LOOPS", "gateway.event-loops", 0, 1024),
          duration("WARM_UP", "gateway.warm-up", Duration.ZERO),
          number("LIMIT_FRAME_BYTES", "gateway.limits.frame-bytes", 256, 16 * 1024 * 1024),
          number("LIMIT_OUTBOUND_FRAMES", "gateway.limits.outbound-frames", 1, ANY),
          number("LIMIT_OUTBOUND_BYTES", "gateway.limits.outbound-bytes", 1, ANY),
          number("LIMIT_ROOMS_PER_CONNECTION", "gateway.limits.rooms-per-connection", 1, ANY),
          number("LIMIT_CONNECTIONS", "gateway.limits.connections", 0, ANY),
          number("LIMIT_CONNECTIONS_PER_USER", "gateway.limits.connections-per-user", 1, ANY),
          number("LIMIT_REPLAY", "gateway.limits.replay", 1, 10_000),
          WEBHOOK_URL,
          WEBHOOK_SECRET,
          WEBHOOK_EVENTS,
          duration("WEBHOOK_TIMEOUT", "gateway.webhook.timeout", Duration.ofMillis(100)),
          age(
              "WEBHOOK_GIVE_UP_AFTER",
              "gateway.webhook.give-up-after",
              Duration.ofSeconds(1),
              Duration.ofDays(30)),
          duration(
              "WEBHOOK_UNDELIVERED_AFTER",
              "gateway.webhook.undelivered-after",
              Duration.ofMillis(100)),
          duration("WEBHOOK_FIRST_RETRY", "gateway.webhook.first-retry", Duration.ofMillis(10)),
          number("WEBHOOK_BATCH", "gateway.webhook.batch", 1, 1_000),
          number("WEBHOOK_CONCURRENCY", "gateway.webhook.concurrency", 2, 1_000));

  private ConfigurationCheck() {}

  /** Upper bound of every setting that is a time. */
  static Duration longest() {
    return HOUR;
  }

  /** Returns every problem that prevents a start; empty if the configuration is valid. */
  static List<ConfigurationProblem> problems(PropertyResolver environment) {
    List<ConfigurationProblem> problems =
        new ArrayList<>(
            SETTINGS.stream().flatMap(setting -> setting.problem(environment).stream()).toList());
    if (problems.isEmpty()
        && ACCESS_SECRET.valueIn(environment).equals(REFRESH_SECRET.valueIn(environment))) {
      problems.add(
          REFRESH_SECRET.problem(
              "JWT_REFRESH_TOKEN_SECRET is the same as JWT_ACCESS_TOKEN_SECRET; a refresh token"
                  + " would then be an access token."));
    }
    if (problems.isEmpty()) {
      problems.addAll(
          WebhookCheck.together(WEBHOOK_URL, WEBHOOK_SECRET, WEBHOOK_EVENTS, environment));
    }
    return problems;
  }

  /** Returns remarks for the operator about a valid configuration, one line each. */
  static List<String> remarks(PropertyResolver environment) {
    List<String> absent =
        SETTINGS.stream().flatMap(setting -> setting.absence(environment).stream()).toList();
    List<String> ignored =
        DatabaseUrl.parse(environment.getProperty("gateway.database.url", "")).ignored();
    return Stream.of(
            remark("Not configured: ", String.join("; ", absent)),
            remark("Parameters of DATABASE_URL that are ignored: ", String.join(", ", ignored)),
            WebhookCheck.remark(WEBHOOK_URL.valueIn(environment)))
        .flatMap(Optional::stream)
        .toList();
  }

  private static Optional<String> remark(String beginning, String list) {
    return list.isEmpty() ? Optional.empty() : Optional.of(beginning + list + ".");
  }

  private static Optional<String> secretFault(String secret) {
    int bytes = secret.getBytes(StandardCharsets.UTF_8).length;
    return bytes >= SECRET_BYTES
        ? Optional.empty()
        : Optional.of("has %d bytes; HS256 needs at least %d".formatted(bytes, SECRET_BYTES));
  }

  private static Optional<String> databaseUrlFault(String url) {
    try {
      DatabaseUrl.parse(url);
      return Optional.empty();
    } catch (IllegalArgumentException malformed) {
      return Optional.of("cannot be read: " + malformed.getMessage());
    }
  }

  private static Optional<String> addressFault(String address) {
    // A lookup of a host name may block for long, so a listener needs a literal address.
    return address.equals("localhost") || address.matches("[0-9.]+|[0-9A-Fa-f:.%]+")
        ? Optional.empty()
        : Optional.of("is '%s', which is not an IP address".formatted(address));
  }

  private static Optional<String> originsFault(String origins) {
    return Stream.of(origins.split(",", -1))
        .map(String::strip)
        .filter(origin -> !ORIGIN.matcher(origin).matches())
        .findFirst()
        .map(origin -> "holds '%s', which is not scheme://host[:port]".formatted(origin));
  }
}
