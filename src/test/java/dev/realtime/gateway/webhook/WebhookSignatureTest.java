package dev.realtime.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpHeaders;

class WebhookSignatureTest {

  /**
   * The example of the specification's libraries. The signature is also what OpenSSL computes:
   *
   * <pre>{@code
   * key=$(echo MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw | base64 -d | xxd -p -c 100)
   * printf 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}' |
   *   openssl dgst -sha256 -mac HMAC -macopt hexkey:$key -binary | base64
   * }</pre>
   */
  @Test
  void signsAsStandardWebhooksSays() {
    Clock clock = Clock.fixed(Instant.ofEpochSecond(1_614_265_330), ZoneOffset.UTC);
    var signature = new WebhookSignature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", clock);
    HttpHeaders headers = new HttpHeaders();

    signature.sign(
        headers,
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "{\"test\": 2432232314}".getBytes(StandardCharsets.UTF_8));

    assertThat(headers.getFirst("webhook-id")).isEqualTo("msg_p5jXN8AQM9LWM0D4loKWxJek");
    assertThat(headers.getFirst("webhook-timestamp")).isEqualTo("1614265330");
    assertThat(headers.getFirst("webhook-signature"))
        .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  }
}
