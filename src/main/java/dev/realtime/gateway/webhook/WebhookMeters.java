package dev.realtime.gateway.webhook;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.stereotype.Component;

/** The metrics of webhooks. */
@Component
final class WebhookMeters {

  private final AtomicLong pending = new AtomicLong();
  private final Counter sent;
  private final Counter failed;
  private final Counter dead;

  WebhookMeters(MeterRegistry meters) {
    Gauge.builder("gateway.webhooks.pending", pending, AtomicLong::get)
        .description("Events that wait to be delivered, of all instances, counted up to 100,000")
        .register(meters);
    sent = counter(meters, "sent", "Events the receiver accepted from this instance");
    failed = counter(meters, "failed", "Attempts of this instance the receiver did not accept");
    dead = counter(meters, "dead", "Events this instance gave up");
  }

  private static Counter counter(MeterRegistry meters, String name, String description) {
    return Counter.builder("gateway.webhooks." + name).description(description).register(meters);
  }

  void pending(long events) {
    pending.set(events);
  }

  void sent(int events) {
    sent.increment(events);
  }

  void failed() {
    failed.increment();
  }

  void dead() {
    dead.increment();
  }
}
