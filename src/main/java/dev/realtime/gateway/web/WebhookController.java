package dev.realtime.gateway.web;

import dev.realtime.gateway.protocol.Bounds;
import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.protocol.Identifiers;
import dev.realtime.gateway.protocol.Ids;
import dev.realtime.gateway.webhook.WebhookDeadLetters;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.UUID;
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

/** The webhooks whose delivery has failed for good; section 10 of the protocol. */
@RestController
@RequestMapping("/api/v1/webhooks/dead")
final class WebhookController {

  private final WebhookDeadLetters letters;

  WebhookController(WebhookDeadLetters letters) {
    this.letters = letters;
  }

  /** Returns the dead letters, the latest first. */
  @GetMapping
  @Described(
      value = "Lists the dead letters, the latest first.",
      refusals = {ErrorCode.BAD_REQUEST, ErrorCode.UNAVAILABLE})
  Mono<WebhookDeadLetters.Listed> list(
      @RequestParam(required = false) @Nullable String cursor,
      @Parameter(schema = @Schema(type = "integer", minimum = "1", maximum = "200"))
          @RequestParam(required = false)
          @Nullable String limit) {
    return letters.list(
        number("cursor", cursor, Long.MAX_VALUE, Long.MAX_VALUE),
        Math.toIntExact(number("limit", limit, Bounds.DEFAULT_PAGE, Bounds.PAGE)));
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
  @PostMapping("/{id}/replay")
  @Described(
      value = "Replays a dead letter, after the waiting events of its subject.",
      refusals = {ErrorCode.NOT_FOUND, ErrorCode.UNAVAILABLE})
  @ResponseStatus(HttpStatus.ACCEPTED)
  Mono<Void> replay(@PathVariable String id) {
    UUID letter = Identifiers.parse(Ids.check("id", id));
    Mono<Boolean> found = letter == null ? Mono.just(false) : letters.replay(letter);
    return found
        .filter(known -> known)
        .switchIfEmpty(Mono.error(() -> GatewayException.of(ErrorCode.NOT_FOUND)))
        .then();
  }
}
