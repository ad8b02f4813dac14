package dev.realtime.gateway.ops;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.protocol.ChatEvent;
import dev.realtime.gateway.room.RoomId;
import dev.realtime.gateway.room.RoomPublisher;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/**
 * Connects to its own instance before it is called ready, so that the first clients do not meet
 * cold code: upgrade, token, welcome, commands, the way through the bus, and the end. Nothing is
 * stored.
 */
@Component
final class WarmUp implements ApplicationRunner {

  private static final Logger log = LoggerFactory.getLogger(WarmUp.class);

  /** Connections side by side. */
  private static final int SIDE_BY_SIDE = 16;

  /** Users the connections belong to; enough not to run into the bound per user. */
  private static final int USERS = 64;

  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** The last one is answered last, and ends the connection. */
  private static final List<String> COMMANDS =
      List.of(
          "{\"event\":\"session:ping\",\"id\":\"1\",\"data\":{}}",
          "{\"event\":\"live:join\",\"id\":\"2\",\"data\":\"warm-up\"}",
          "{\"event\":\"chat:join\",\"id\":\"3\",\"data\":\"warm-up\"}");

  private static final String LAST = "\"id\":\"3\"";

  private final GatewayProperties properties;
  private final WebServerApplicationContext server;
  private final RoomPublisher publisher;
  private final Clock clock;
  private final @Nullable InetAddress bound;

  WarmUp(
      GatewayProperties properties,
      WebServerApplicationContext server,
      RoomPublisher publisher,
      Clock clock,
      @Value("${server.address:}") @Nullable InetAddress bound) {
    this.properties = properties;
    this.server = server;
    this.publisher = publisher;
    this.clock = clock;
    this.bound = bound;
  }

  @Override
  public void run(ApplicationArguments arguments) {
    Duration time = properties.warmUp();
    if (time.isZero() || properties.allowedOrigins().isEmpty()) {
      return;
    }
    ConnectionProvider provider = ConnectionProvider.newConnection();
    List<String> tokens = IntStream.range(0, USERS).mapToObj(this::token).toList();
    HttpClient client = HttpClient.create(provider).responseTimeout(PATIENCE);
    AtomicInteger rounds = new AtomicInteger();
    long end = System.nanoTime() + time.toNanos();
    // The main thread, before the application is ready: it may wait.
    Flux.fromStream(IntStream.iterate(0, i -> i + 1)::boxed)
        .takeWhile(_ -> System.nanoTime() < end)
        .flatMap(i -> connect(client, tokens.get(i % USERS), i % USERS), SIDE_BY_SIDE, 1)
        .filter(welcomed -> welcomed)
        .doOnNext(_ -> rounds.incrementAndGet())
        .then()
        .block(time.plus(PATIENCE).plus(PATIENCE));
    provider.dispose();
    log.info("Warmed up with {} connections to itself", rounds);
  }

  /** One connection from its upgrade to its end; a failure ends it early, and is no harm. */
  private Mono<Boolean> connect(HttpClient client, String token, int user) {
    return client
        .headers(headers ->
            headers
                .set("Authorization", "Bearer " + token)
                // The client's library sends one of its own otherwise, which is refused.
                .set("Origin", properties.allowedOrigins().getFirst()))
        .websocket()
        .uri("ws://" + host() + ':' + port() + "/ws")
        .handle((in, out) ->
            out.sendString(Flux.fromIterable(COMMANDS))
                .then()
                .doOnSuccess(_ -> publish(user))
                .thenMany(in.receive().asString().takeUntil(text -> text.contains(LAST))))
        .then(Mono.just(true))
        .timeout(PATIENCE)
        .onErrorReturn(false);
  }

  private void publish(int user) {
    publisher.publish(RoomId.user(name(user)), new ChatEvent.Typing("warm-up", name(user), true));
  }

  private static String name(int user) {
    return "warm-up-" + user;
  }

  private String host() {
    return bound == null || bound.isAnyLocalAddress() ? "127.0.0.1" : bound.getHostAddress();
  }

  private int port() {
    return Objects.requireNonNull(server.getWebServer()).getPort();
  }

  private String token(int user) {
    try {
      JWTClaimsSet claims =
          new JWTClaimsSet.Builder()
              .subject(name(user))
              .expirationTime(Date.from(clock.instant().plus(Duration.ofMinutes(1))))
              .build();
      SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
      String secret = properties.jwt().accessTokenSecret();
      token.sign(new MACSigner(secret.getBytes(StandardCharsets.UTF_8)));
      return token.serialize();
    } catch (JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
