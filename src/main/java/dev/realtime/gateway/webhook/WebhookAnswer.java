package dev.realtime.gateway.webhook;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;

/**
 * The result of one request.
 *
 * @param retryAfter how long the receiver asks the gateway to wait; zero if it does not say
 * @param reason why the receiver did not accept the events, for people
 */
record WebhookAnswer(Kind kind, Duration retryAfter, String reason) {

  /** What an answer says about the events and about the receiver. */
  enum Kind {
    /** 2xx. */
    ACCEPTED,
    /**
     * A verdict about the events: they would be refused again, but for a mistake that is mended.
     */
    REFUSED,
    /** 410: the receiver never wants these events. */
    GONE,
    /** The receiver is there, and failed. */
    FAILED,
    /** The receiver is down, or asks for fewer requests. */
    DOWN,
    /** No answer in time. */
    SILENT,
    /** No answer in the short time that the gateway gave it, since others needed its place. */
    ENDED
  }

  private static final int GONE_STATUS = 410;

  static WebhookAnswer of(HttpStatusCode status, HttpHeaders headers, Clock clock) {
    Kind kind = kind(status);
    Duration wait = kind == Kind.DOWN ? retryAfter(headers, clock) : Duration.ZERO;
    return new WebhookAnswer(kind, wait, "answered " + status.value());
  }

  static WebhookAnswer without(Kind kind, String reason) {
    return new WebhookAnswer(kind, Duration.ZERO, reason);
  }

  private static Kind kind(HttpStatusCode status) {
    if (status.is2xxSuccessful()) {
      return Kind.ACCEPTED;
    }
    return switch (status.value()) {
      case GONE_STATUS -> Kind.GONE;
      case 408, 425, 429, 502, 503, 504 -> Kind.DOWN;
      default -> status.is4xxClientError() ? Kind.REFUSED : Kind.FAILED;
    };
  }

  /** Reads {@code Retry-After}, seconds or a date; RFC 9110 10.2.3. */
  private static Duration retryAfter(HttpHeaders headers, Clock clock) {
    String value = headers.getFirst(HttpHeaders.RETRY_AFTER);
    if (value == null) {
      return Duration.ZERO;
    }
    if (value.strip().matches("\\d{1,9}")) {
      return bounded(Duration.ofSeconds(Long.parseLong(value.strip())));
    }
    try {
      long date = headers.getFirstDate(HttpHeaders.RETRY_AFTER);
      return bounded(Duration.between(clock.instant(), Instant.ofEpochMilli(date)));
    } catch (IllegalArgumentException malformed) {
      return Duration.ZERO;
    }
  }

  private static Duration bounded(Duration wait) {
    if (wait.isNegative()) {
      return Duration.ZERO;
    }
    return wait.compareTo(Backoff.LONGEST) > 0 ? Backoff.LONGEST : wait;
  }

  boolean isAccepted() {
    return kind == Kind.ACCEPTED;
  }

  /** Whether the receiver has judged the events, so that a part of them may fare better. */
  boolean isVerdict() {
    return kind == Kind.REFUSED || kind == Kind.GONE;
  }

  /** Whether the receiver did not answer. */
  boolean isSilent() {
    return kind == Kind.SILENT || kind == Kind.ENDED;
  }
}
