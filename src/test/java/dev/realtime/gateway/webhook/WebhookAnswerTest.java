package dev.realtime.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.webhook.WebhookAnswer.Kind;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;

class WebhookAnswerTest {

  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-09-20T10:00:00Z"), ZoneOffset.UTC);

  private static WebhookAnswer answer(int status, String retryAfter) {
    HttpHeaders headers = new HttpHeaders();
    if (!retryAfter.isEmpty()) {
      headers.set(HttpHeaders.RETRY_AFTER, retryAfter);
    }
    return WebhookAnswer.of(HttpStatusCode.valueOf(status), headers, CLOCK);
  }

  @ParameterizedTest
  @CsvSource({
    "200, ACCEPTED",
    "204, ACCEPTED",
    "299, ACCEPTED",
    "302, FAILED",
    "400, REFUSED",
    "404, REFUSED",
    "408, DOWN",
    "410, GONE",
    "413, REFUSED",
    "422, REFUSED",
    "425, DOWN",
    "429, DOWN",
    "500, FAILED",
    "501, FAILED",
    "502, DOWN",
    "503, DOWN",
    "504, DOWN"
  })
  void tellsAVerdictFromAnOutage(int status, Kind kind) {
    assertThat(answer(status, "").kind()).isEqualTo(kind);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "503 | 120 | PT2M",
        "429 | ' 7 ' | PT7S",
        "429 | 999999999 | PT30M",
        "503 | Sun, 20 Sep 2026 10:01:30 GMT | PT1M30S",
        "503 | Sun, 20 Sep 2026 09:00:00 GMT | PT0S",
        "503 | Mon, 20 Sep 2027 10:00:00 GMT | PT30M",
        "503 | -1 | PT0S",
        "503 | soon | PT0S",
        "503 | '' | PT0S",
        "400 | 120 | PT0S"
      })
  void readsHowLongToWait(int status, String retryAfter, Duration wait) {
    assertThat(answer(status, retryAfter).retryAfter()).isEqualTo(wait);
  }
}
