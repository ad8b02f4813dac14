package dev.realtime.gateway.ops;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.realtime.gateway.config.GatewayProperties;
import dev.realtime.gateway.live.Streams;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.StreamPlan;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * Connects to its own instance before it reports ready, so that the first clients do not meet cold
 * code: upgrade, token, welcome, the join of a stream, a message through the bus, and the close.
 * The stream exists only during the warm-up.
 */
@Component
final class WarmUp implements ApplicationRunner {

  private static final Logger log = LoggerFactory.getLogger(WarmUp.class);

  private static final int SIDE_BY_SIDE = 16;

  /** Number of users, large enough to stay below the limit of connections per user. */
  private static final int USERS = 64;

  /** One of this many connections also sends a message to the others. */
  private static final int SPEAKERS = 4;

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final GatewayProperties properties;
  private final WebServerApplicationContext server;
  private final Streams streams;
  private final Clock clock;
  private final @Nullable InetAddress bound;
  private final Bootstrap client;

  WarmUp(
      GatewayProperties properties,
      WebServerApplicationContext server,
      Streams streams,
      LoopResources loopResources,
      EventLoopGroup eventLoops,
      Clock clock,
      @Value("${server.address:}") @Nullable InetAddress bound) {
    this.properties = properties;
    this.server = server;
    this.streams = streams;
    this.clock = clock;
    this.bound = bound;
    this.client =
        new Bootstrap()
            .group(eventLoops)
            .channel(loopResources.onChannelClass(SocketChannel.class, eventLoops));
  }

  @Override
  public void run(ApplicationArguments arguments) throws InterruptedException {
    Duration time = properties.warmUp();
    if (time.isZero()) {
      return;
    }
    String streamId = Identifiers.next().toString();
    await(streams.create(new StreamPlan(streamId, name(0), "Warm-up", null, false, List.of())));
    Visits visits = new Visits(streamId, System.nanoTime() + time.toNanos());
    IntStream.range(0, SIDE_BY_SIDE).forEach(_ -> visits.next());
    boolean allEnded = visits.open.await(time.plus(PATIENCE).toMillis(), TimeUnit.MILLISECONDS);
    await(streams.delete(streamId));
    log.info(
        "Warmed up with {} connections to itself{}",
        visits.answered,
        allEnded ? "" : "; some did not end");
  }

  /** Waits for a step. A failure makes the warm-up less useful, but does not prevent the start. */
  private static void await(Mono<?> step) {
    step.timeout(PATIENCE)
        .onErrorResume(failure -> {
          log.warn("The warm-up could not use its stream: {}", failure.toString());
          return Mono.empty();
        })
        // Blocks the main thread, which may wait until the application is ready.
        .block();
  }

  /** Opens one connection after the other, in several parallel rows, until the time is over. */
  private final class Visits {
    private final InetSocketAddress address = new InetSocketAddress(host(), port());
    private final List<String> tokens =
        IntStream.range(0, USERS).mapToObj(WarmUp.this::token).toList();
    private final byte[] listening;
    private final byte[] speaking;
    private final long end;
    private final AtomicInteger begun = new AtomicInteger();
    final AtomicInteger answered = new AtomicInteger();
    final CountDownLatch open = new CountDownLatch(SIDE_BY_SIDE);

    Visits(String streamId, long end) {
      String join = "{\"event\":\"live:join\",\"id\":\"%s\",\"data\":\"" + streamId + "\"}";
      String message =
          "{\"event\":\"live:message\",\"id\":\"last\",\"data\":{\"streamId\":\""
              + streamId
              + "\",\"content\":\"warm\"}}";
      this.listening = WarmUpVisit.frames(join.formatted("last"));
      this.speaking = WarmUpVisit.frames(join.formatted("first"), message);
      this.end = end;
    }

    void next() {
      if (System.nanoTime() >= end) {
        open.countDown();
        return;
      }
      int number = begun.getAndIncrement();
      byte[] commands = number % SPEAKERS == 0 ? speaking : listening;
      client
          .clone()
          .handler(new WarmUpVisit(tokens.get(number % USERS), commands, answered::incrementAndGet))
          .connect(address)
          .channel()
          .closeFuture()
          .addListener(_ -> next());
    }
  }

  private static String name(int user) {
    return "warm-up-" + user;
  }

  private InetAddress host() {
    return bound == null || bound.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : bound;
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
