package dev.realtime.gateway.dev;

import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.Ids;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.regex.Pattern;
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
import tools.jackson.core.JacksonException;

/** Serves {@code POST /dev/token}, and the play page at {@code /}. */
final class DevelopmentRoutes {

  private static final DateTimeFormatter MILLISECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  /** A scope as in RFC 6749, section 3.3, of limited length. */
  private static final Pattern SCOPE =
      Pattern.compile("(?=.{1,200}$)[!#-\\[\\]-~]+( [!#-\\[\\]-~]+)*");

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
        .switchIfEmpty(Mono.defer(DevelopmentRoutes::refuseUser))
        .onErrorResume(ServerWebInputException.class, DevelopmentRoutes::refuse);
  }

  private Mono<ServerResponse> answer(TokenRequest request) {
    String userId = request.userId();
    if (userId == null || !Ids.isValid(userId)) {
      return refuseUser();
    }
    String scope = request.scope();
    if (scope != null && !SCOPE.matcher(scope).matches()) {
      return refuse("scope", "scope must be words separated by single spaces.");
    }
    // A random token id reads the operating system's random source, which blocks.
    return Mono.fromCallable(() -> scope == null ? tokens.mint(userId) : tokens.mint(userId, scope))
        .subscribeOn(Schedulers.boundedElastic())
        .flatMap(DevelopmentRoutes::answer);
  }

  private static Mono<ServerResponse> answer(DevelopmentToken minted) {
    return ServerResponse.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .bodyValue(
            Map.of("token", minted.token(), "expiresAt", MILLISECONDS.format(minted.expiresAt())));
  }

  private static Mono<ServerResponse> refuse(ServerWebInputException unreadable) {
    return unreadable.getRootCause() instanceof JacksonException misfit
            && misfit.getPath().stream().anyMatch(at -> "scope".equals(at.getPropertyName()))
        ? refuse("scope", "scope must be text.")
        : refuseUser();
  }

  private static Mono<ServerResponse> refuseUser() {
    return refuse("userId", "userId must have 1 to 128 characters, no control characters.");
  }

  private static Mono<ServerResponse> refuse(String field, String sentence) {
    ProblemDetail problem = ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, sentence);
    problem.setProperty("code", ErrorCode.BAD_REQUEST.wireName());
    problem.setProperty("field", field);
    return ServerResponse.badRequest()
        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
        .bodyValue(problem);
  }

  private record TokenRequest(@Nullable String userId, @Nullable String scope) {}
}
