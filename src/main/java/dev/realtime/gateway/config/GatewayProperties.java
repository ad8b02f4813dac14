package dev.realtime.gateway.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * The settings of a gateway, bound once at start.
 *
 * <p>{@code application.yml} maps each component to its environment variable, and {@code
 * .env.example} explains its meaning and default; a test compares the three.
 *
 * @param environment {@code production} or {@code development} (readable logs)
 * @param allowedOrigins browser origins that may open a socket or call the HTTP side
 * @param rateLimitsEnabled whether rate limits apply; size limits always apply
 * @param tokenInQuery whether the upgrade accepts {@code ?token=}
 * @param chatCreate who may create chats over the socket
 * @param eventLoops threads that serve all sockets, Redis and PostgreSQL; 0 for one per core
 * @param warmUp how long a starting instance connects to itself before it reports ready; zero: not
 *     at all
 */
@ConfigurationProperties("gateway")
public record GatewayProperties(
    Environment environment,
    Jwt jwt,
    List<String> allowedOrigins,
    boolean rateLimitsEnabled,
    boolean tokenInQuery,
    ChatCreate chatCreate,
    int eventLoops,
    Duration warmUp,
    Database database,
    Redis redis,
    Live live,
    Notification notification,
    Session session,
    Limits limits,
    Webhook webhook) {

  public GatewayProperties {
    allowedOrigins = List.copyOf(allowedOrigins);
  }

  /** The value of {@code NODE_ENV}. */
  public enum Environment {
    PRODUCTION,
    DEVELOPMENT
  }

  /** Who may create chats over the socket. */
  public enum ChatCreate {
    ANYONE,
    OFF
  }

  /**
   * The secrets of the two kinds of token, HS256, at least 32 bytes each and different.
   *
   * @param accessTokenSecret signs tokens that open a socket or call the server API
   * @param refreshTokenSecret will sign tokens that are exchanged for a new access token, and is
   *     checked already so that it cannot be the other secret; empty while nothing needs it
   */
  public record Jwt(String accessTokenSecret, String refreshTokenSecret) {}

  /**
   * PostgreSQL.
   *
   * @param url {@code postgresql://user:password@host:5432/name}
   * @param poolSize maximum number of connections from this instance
   */
  public record Database(String url, int poolSize) {}

  /**
   * Redis, the bus between instances.
   *
   * @param password empty for none
   */
  public record Redis(String host, int port, @Nullable String password, boolean tls) {}

  /**
   * Live streams.
   *
   * @param create who may create streams over the socket
   * @param blockedTerms words that only the host and moderators may use in a stream's chat
   */
  public record Live(LiveCreate create, List<String> blockedTerms) {

    public Live {
      blockedTerms = List.copyOf(blockedTerms);
    }
  }

  /** Who may create streams over the socket. */
  public enum LiveCreate {
    ANYONE,
    OFF
  }

  /**
   * Notifications.
   *
   * @param retention age at which the gateway deletes notifications, read or unread
   */
  public record Notification(Duration retention) {}

  /**
   * Times of one connection.
   *
   * @param authDeadline time for a new connection to authenticate
   * @param heartbeat silence after which the server pings
   * @param heartbeatGrace silence after that ping that closes the connection
   * @param readPatience time in which a client reads nothing although a frame waits for it; it is
   *     closed with 4008 then
   * @param drainWindow period over which a stopping instance closes its clients
   */
  public record Session(
      Duration authDeadline,
      Duration heartbeat,
      Duration heartbeatGrace,
      Duration readPatience,
      Duration drainWindow) {}

  /**
   * Limits on what one client can make the gateway hold.
   *
   * @param frameBytes largest inbound message, bytes
   * @param outboundFrames frames waiting for a slow connection before it is closed with 4008
   * @param outboundBytes bytes waiting for a slow connection before it is closed with 4008
   * @param connections connections of this instance; more are refused with 503. 0: nine tenths of
   *     its limit of open files
   * @param roomsPerConnection chats and streams one connection may be in
   * @param connectionsPerUser connections one user may hold on this instance
   * @param replay maximum number of missed messages that a resume replays; a client that missed
   *     more reads the history
   */
  public record Limits(
      int frameBytes,
      int outboundFrames,
      int outboundBytes,
      int connections,
      int roomsPerConnection,
      int connectionsPerUser,
      int replay) {}

  /**
   * Webhooks to the platform's backend.
   *
   * @param url the address that receives events; empty: webhooks are off
   * @param secret signs events (HMAC-SHA256): {@code whsec_} and the base64 of 24 to 64 bytes
   * @param events wire names of the enabled types
   * @param timeout time limit of one request
   * @param giveUpAfter age at which a failing event becomes a dead letter
   * @param undeliveredAfter time after which a message that no device acknowledged is handed off to
   *     push
   * @param firstRetry pause before the first retry; later pauses are longer
   * @param batch most events of one subject in a request
   * @param concurrency requests at the same time
   */
  public record Webhook(
      String url,
      String secret,
      List<String> events,
      Duration timeout,
      Duration giveUpAfter,
      Duration undeliveredAfter,
      Duration firstRetry,
      int batch,
      int concurrency) {

    public Webhook {
      events = List.copyOf(events);
    }

    /** Whether webhooks are on. */
    public boolean isConfigured() {
      return !url.isEmpty();
    }
  }
}
