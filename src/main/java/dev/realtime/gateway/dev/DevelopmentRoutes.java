package dev.realtime.gateway.dev;

import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.security.UserIds;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ServerWebInputException;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** {@code POST /dev/token}, and the page to play with at {@code /}. */
final class DevelopmentRoutes {

  private static final DateTimeFormatter MILLISECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final DevelopmentTokens tokens;

  DevelopmentRoutes(DevelopmentTokens tokens) {
    this.tokens = tokens;
  }

  RouterFunction<ServerResponse> routes() {
    return RouterFunctions.route()
        .POST("/dev/token", this::mint)
        .resource(
            request -> request.path().equals("/"),
            new ClassPathResource("development/static/index.html"))
        .build();
  }

  private Mono<ServerResponse> mint(ServerRequest request) {
    return request
        .bodyToMono(TokenRequest.class)
        .flatMap(this::answer)
        .switchIfEmpty(Mono.defer(DevelopmentRoutes::refuse))
        .onErrorResume(ServerWebInputException.class, unreadable -> refuse());
  }

  private Mono<ServerResponse> answer(TokenRequest request) {
    String userId = request.userId();
    if (userId == null || !UserIds.isValid(userId)) {
      return refuse();
    }
    // A random token id reads the operating system's source, which blocks.
    return Mono.fromCallable(() -> tokens.mint(userId))
        .subscribeOn(Schedulers.boundedElastic())
        .flatMap(DevelopmentRoutes::answer);
  }

  private static Mono<ServerResponse> answer(DevelopmentToken minted) {
    return ServerResponse.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .bodyValue(
            Map.of("token", minted.token(), "expiresAt", MILLISECONDS.format(minted.expiresAt())));
  }

  private static Mono<ServerResponse> refuse() {
    ProblemDetail problem =
        ProblemDetail.forStatusAndDetail(
            HttpStatus.BAD_REQUEST, "userId must have 1 to 128 characters, no control characters.");
    problem.setProperty("code", ErrorCode.BAD_REQUEST.wireName());
    problem.setProperty("field", "userId");
    return ServerResponse.badRequest()
        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
        .bodyValue(problem);
  }

  private record TokenRequest(@Nullable String userId) {}
}
