package dev.realtime.gateway.support;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.realtime.gateway.GatewayApplication;
import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.GatewayClientBuilder;
import dev.realtime.gateway.dev.DevelopmentRedis;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * An instance of the gateway inside the test's JVM, on a free port, with real PostgreSQL and real
 * Redis. Several with the same database and Redis are several nodes of one gateway.
 */
public final class TestGateway implements AutoCloseable {

  public static final String ACCESS_SECRET = "access-secret-of-the-tests-0123456789";
  public static final String REFRESH_SECRET = "refresh-secret-of-the-tests-0123456789";

  private final ConfigurableApplicationContext context;
  private final int port;

  private TestGateway(ConfigurableApplicationContext context) {
    this.context = context;
    this.port =
        Integer.parseInt(
            Objects.requireNonNull(context.getEnvironment().getProperty("local.server.port")));
  }

  /** An instance on a database of its own and the shared Redis. */
  public static TestGateway start(String... settings) {
    return start(Backends.freshDatabase(), Backends.redis(), settings);
  }

  /**
   * An instance.
   *
   * @param settings environment variables as {@code NAME=value}
   */
  public static TestGateway start(String databaseUrl, DevelopmentRedis redis, String... settings) {
    return start(databaseUrl, redis, List.of(), settings);
  }

  /** An instance with more beans; {@code @Primary} ones take the place of the gateway's own. */
  public static TestGateway start(
      String databaseUrl, DevelopmentRedis redis, List<Class<?>> beans, String... settings) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "PORT=0",
                "BIND_ADDRESS=127.0.0.1",
                "NODE_ENV=development",
                "SESSION_DRAIN_WINDOW=0s",
                "DATABASE_URL=" + databaseUrl,
                "REDIS_HOST=" + redis.host(),
                "REDIS_PORT=" + redis.port(),
                "JWT_ACCESS_TOKEN_SECRET=" + ACCESS_SECRET,
                "JWT_REFRESH_TOKEN_SECRET=" + REFRESH_SECRET));
    for (String setting : settings) {
      String name = setting.substring(0, setting.indexOf('=') + 1);
      // Of two values of one setting Spring would make a list.
      all.removeIf(other -> other.startsWith(name));
      all.add(setting);
    }
    List<Class<?>> sources = new ArrayList<>(List.of(GatewayApplication.class));
    sources.addAll(beans);
    SpringApplication application = new SpringApplication(sources.toArray(Class<?>[]::new));
    return new TestGateway(
        application.run(all.stream().map(setting -> "--" + setting).toArray(String[]::new)));
  }

  public int port() {
    return port;
  }

  /** Where clients connect. */
  public URI socket() {
    return URI.create("ws://127.0.0.1:" + port + "/ws");
  }

  /** The base of the HTTP side. */
  public URI http(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  public <T> T bean(Class<T> type) {
    return context.getBean(type);
  }

  public <T> Collection<T> beans(Class<T> type) {
    return context.getBeansOfType(type).values();
  }

  /** A connected and welcomed client. */
  public GatewayClient connect(String userId) {
    GatewayClient client = client().token(token(userId)).connect(GatewayClient.DEADLINE);
    client.welcome();
    return client;
  }

  /** A client to be. */
  public GatewayClientBuilder client() {
    return GatewayClient.builder(socket());
  }

  /** An access token for an hour. */
  public static String token(String userId) {
    return token(userId, Duration.ofHours(1), null, ACCESS_SECRET);
  }

  /** A service token for an hour. */
  public static String serviceToken() {
    return token("backend", Duration.ofHours(1), "gateway:admin", ACCESS_SECRET);
  }

  /** A token of any kind. */
  public static String token(
      String userId, Duration lifetime, @Nullable String scope, String secret) {
    try {
      JWTClaimsSet.Builder claims =
          new JWTClaimsSet.Builder()
              .subject(userId)
              .jwtID(UUID.randomUUID().toString())
              .expirationTime(Date.from(Instant.now().plus(lifetime)));
      if (scope != null) {
        claims.claim("scope", scope);
      }
      SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims.build());
      token.sign(new MACSigner(secret.getBytes(StandardCharsets.UTF_8)));
      return token.serialize();
    } catch (JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @Override
  public void close() {
    context.close();
  }
}
