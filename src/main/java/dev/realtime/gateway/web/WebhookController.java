package dev.realtime.gateway.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.realtime.gateway.protocol.Bounds;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.Ids;
import dev.realtime.gateway.webhook.WebhookDeadLetters;
import dev.realtime.gateway.webhook.WebhookWaiting;
import dev.realtime.gateway.webhook.WebhookWaiting.Queued;
import dev.realtime.gateway.webhook.WebhookWaiting.Waiting;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** The webhooks that wait, and those that were given up; section 10 of the protocol. */
@RestController
@RequestMapping("/api/v1/webhooks")
final class WebhookController {

  private static final Base64.Encoder TO_CURSOR = Base64.getUrlEncoder().withoutPadding();
  private static final Base64.Decoder FROM_CURSOR = Base64.getUrlDecoder();

  /**
   * A page of subjects.
   *
   * @param cursor where the next page begins; null on the last page
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Subjects(List<Waiting> subjects, @Nullable String cursor) {}

  private final WebhookDeadLetters letters;
  private final WebhookWaiting waiting;

  WebhookController(WebhookDeadLetters letters, WebhookWaiting waiting) {
    this.letters = letters;
    this.waiting = waiting;
  }

  /** Returns the dead letters, the latest first. */
  @GetMapping("/dead")
  @Described(
      value = "Lists the dead letters, the latest first.",
      refusals = {ErrorCode.BAD_REQUEST, ErrorCode.UNAVAILABLE})
  Mono<WebhookDeadLetters.Listed> list(
      @RequestParam(required = false) @Nullable String cursor,
      @Parameter(schema = @Schema(type = "integer", minimum = "1", maximum = "200"))
          @RequestParam(required = false)
          @Nullable String limit) {
    return letters.list(number("cursor", cursor, Long.MAX_VALUE, Long.MAX_VALUE), limit(limit));
  }

  private static int limit(@Nullable String limit) {
    return Math.toIntExact(number("limit", limit, Bounds.DEFAULT_PAGE, Bounds.PAGE));
  }

  private static long number(String field, @Nullable String value, long absent, long most) {
    if (value == null) {
      return absent;
    }
    try {
      long number = Long.parseLong(value);
      if (number >= 1 && number <= most) {
        return number;
      }
    } catch (NumberFormatException notANumber) {
      // The end of this method refuses it, like a number that is out of range.
    }
    throw GatewayException.badRequest(field, field + " must be a whole number from 1 to " + most);
  }

  /** Queues a dead letter again, behind the waiting events of its subject. */
  @PostMapping("/dead/{id}/replay")
  @Described(
      value = "Replays a dead letter, after the waiting events of its subject.",
      refusals = {ErrorCode.NOT_FOUND, ErrorCode.UNAVAILABLE})
  @ResponseStatus(HttpStatus.ACCEPTED)
  Mono<Void> replay(@PathVariable String id) {
    return known(id, letters::replay);
  }

  /** Returns the subjects with waiting events. */
  @GetMapping("/waiting")
  @Described(
      value = "Lists the subjects with waiting events, each with its first event.",
      refusals = {ErrorCode.BAD_REQUEST, ErrorCode.UNAVAILABLE})
  Mono<Subjects> waiting(
      @RequestParam(required = false) @Nullable String cursor,
      @Parameter(schema = @Schema(type = "integer", minimum = "1", maximum = "200"))
          @RequestParam(required = false)
          @Nullable String limit) {
    return waiting
        .list(cursor == null ? "" : queue(cursor), limit(limit))
        .map(page ->
            new Subjects(
                page.items().stream().map(Queued::waiting).toList(),
                page.cursor(last -> cursor(last.queue()))));
  }

  private static String cursor(String queue) {
    return TO_CURSOR.encodeToString(queue.getBytes(StandardCharsets.UTF_8));
  }

  private static String queue(String cursor) {
    try {
      String queue = new String(FROM_CURSOR.decode(cursor), StandardCharsets.UTF_8);
      // PostgreSQL cannot store this character, so no queue has it.
      if (queue.indexOf('\0') < 0) {
        return queue;
      }
    } catch (IllegalArgumentException malformed) {
      // The end of this method refuses it.
    }
    throw GatewayException.badRequest("cursor", "cursor must be that of a page of this list");
  }

  /** Makes a waiting event a dead letter, so that its subject continues without it. */
  @PostMapping("/waiting/{id}/skip")
  @Described(
      value = "Makes a waiting event a dead letter, so that its subject continues without it.",
      refusals = {ErrorCode.NOT_FOUND, ErrorCode.UNAVAILABLE})
  @ResponseStatus(HttpStatus.NO_CONTENT)
  Mono<Void> skip(@PathVariable String id) {
    return known(id, waiting::skip);
  }

  /** Does something with an event, and refuses an id that no event has. */
  private static Mono<Void> known(String id, Function<UUID, Mono<Boolean>> action) {
    UUID event = Identifiers.parse(Ids.check("id", id));
    Mono<Boolean> found = event == null ? Mono.just(false) : action.apply(event);
    return found
        .filter(known -> known)
        .switchIfEmpty(Mono.error(() -> GatewayException.of(ErrorCode.NOT_FOUND)))
        .then();
  }
}
