package dev.realtime.gateway.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Every setting of a gateway, bound once at start.
 *
 * <p>The environment variable behind each component stands in {@code application.yml} and, with its
 * meaning and default, in {@code .env.example}; a test holds the three together.
 *
 * @param environment {@code production} or {@code development} (readable logs)
 * @param allowedOrigins browser origins that may open a socket or call the HTTP side
 * @param rateLimitsEnabled whether rate buckets are applied; bounds on size always are
 * @param tokenInQuery whether {@code ?token=} is accepted at the upgrade
 * @param chatCreate who may create chats over the socket
 * @param eventLoops threads that serve all sockets, Redis and PostgreSQL; 0 for one per core
 * @param warmUp how long a starting instance connects to itself before it is ready; zero for not at
 *     all
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

  /** What {@code NODE_ENV} says. */
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
   * @param accessTokenSecret signs what opens a socket and calls the server API
   * @param refreshTokenSecret signs what is exchanged for a new access token, and nothing else
   */
  public record Jwt(String accessTokenSecret, String refreshTokenSecret) {}

  /**
   * PostgreSQL.
   *
   * @param url {@code postgresql://user:password@host:5432/name}
   * @param poolSize connections this instance holds at most
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
   * @param create who may make streams over the socket
   * @param blockedTerms what nobody may say in a stream's chat but its host and moderators
   */
  public record Live(LiveCreate create, List<String> blockedTerms) {

    public Live {
      blockedTerms = List.copyOf(blockedTerms);
    }
  }

  /** Who may make streams over the socket. */
  public enum LiveCreate {
    ANYONE,
    OFF
  }

  /**
   * Notifications.
   *
   * @param retention after which time they are forgotten, read or not
   */
  public record Notification(Duration retention) {}

  /**
   * Times of one connection.
   *
   * @param authDeadline how long an unauthenticated connection is kept
   * @param heartbeat silence after which the server pings
   * @param heartbeatGrace silence after that ping which ends the connection
   * @param drainWindow over how long clients are told to spread their reconnects when this instance
   *     stops
   */
  public record Session(
      Duration authDeadline, Duration heartbeat, Duration heartbeatGrace, Duration drainWindow) {}

  /**
   * Bounds on what one client can make the gateway hold.
   *
   * @param frameBytes largest inbound message, bytes
   * @param outboundFrames frames waiting for a slow connection before it is closed with 4008
   * @param outboundBytes bytes waiting for a slow connection before it is closed with 4008
   * @param roomsPerConnection chats and streams one connection may be in
   * @param connectionsPerUser connections one user may hold on this instance
   * @param replay missed messages a resume sends at most; above it the client reads the history
   */
  public record Limits(
      int frameBytes,
      int outboundFrames,
      int outboundBytes,
      int roomsPerConnection,
      int connectionsPerUser,
      int replay) {}

  /**
   * What the platform's backend is told, and where.
   *
   * @param url where events are posted; empty for nowhere
   * @param secret signs them (HMAC-SHA256), at least 32 bytes
   * @param events wire names of the types that are asked for
   * @param timeout how long one post may take
   * @param giveUpAfter age at which an event that fails again becomes a dead letter
   * @param undeliveredAfter how long a message waits for its members' devices before those who are
   *     offline are handed off to push
   */
  public record Webhook(
      String url,
      String secret,
      List<String> events,
      Duration timeout,
      Duration giveUpAfter,
      Duration undeliveredAfter) {

    public Webhook {
      events = List.copyOf(events);
    }

    /** Whether there is anywhere to post to. */
    public boolean isConfigured() {
      return !url.isEmpty();
    }
  }
}
