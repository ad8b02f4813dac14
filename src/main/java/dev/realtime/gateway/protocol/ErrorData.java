package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The data of an {@code error}.
 *
 * @param message a sentence for people
 * @param field the field that was wrong; null unless the error concerns a single field
 * @param retryAfterMs after how long to try again; a known figure, never a guess
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ErrorData(
    ErrorCode code,
    String message,
    @Nullable String event,
    @Nullable String tempId,
    @Nullable String field,
    boolean retryable,
    @Nullable Long retryAfterMs) {

  static ErrorData of(@Nullable String event, @Nullable String tempId, GatewayException why) {
    Duration after = why.retryAfter();
    return new ErrorData(
        why.code(),
        why.sentence(),
        event,
        tempId,
        why.field(),
        why.code().retryable(),
        after == null ? null : after.toMillis());
  }
}
