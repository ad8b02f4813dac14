package dev.realtime.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.realtime.gateway.webhook.WebhookType;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class WebhookCheckTest {

  @Test
  void knowsEveryTypeThereIs() {
    assertThat(WebhookCheck.TYPES)
        .containsExactlyElementsOf(
            Arrays.stream(WebhookType.values()).map(WebhookType::wireName).toList());
  }

  @Test
  void remarksOnPlainHttp() {
    assertThat(WebhookCheck.remark("http://platform/hooks")).isPresent();
    assertThat(WebhookCheck.remark("https://platform/hooks")).isEmpty();
  }
}
