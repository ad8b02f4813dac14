package dev.realtime.gateway.load.report;

import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** A result as named values: what the JSON file holds. */
public record Summary(Result result) {

  /** Latencies in milliseconds. */
  public Map<String, Object> toMap() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("mode", result.settings().mode().wireName());
    all.put("startedAt", result.startedAt().toString());
    all.put("clean", result.isClean());
    all.put("options", options());
    all.put("connections", connections());
    all.put("messages", messages());
    all.put("rates", rates());
    all.put("latencyMs", latencies());
    all.put("errors", result.all().errors());
    if (result.server() != null) {
      all.put("server", server(result.server()));
    }
    return all;
  }

  private Map<String, String> options() {
    Map<String, String> options = new LinkedHashMap<>();
    result.settings().shown().forEach((option, text) -> options.put(option.flag(), text));
    return options;
  }

  private Map<String, Object> connections() {
    Map<String, Object> connections = new LinkedHashMap<>();
    connections.put("asked", result.settings().layout().connections());
    connections.put("ready", result.all().of(Count.READY));
    connections.put("failed", result.all().of(Count.FAILED));
    connections.put("failures", result.all().failures());
    connections.put("closes", result.all().closes());
    connections.put("pings", result.all().of(Count.PINGED));
    return connections;
  }

  private Map<String, Object> messages() {
    Tally all = result.all();
    Map<String, Object> messages = new LinkedHashMap<>();
    messages.put("sent", all.of(Count.SENT));
    messages.put("refused", all.of(Count.REFUSED));
    messages.put("acknowledged", all.of(Count.ACKNOWLEDGED));
    messages.put("unanswered", result.unanswered());
    messages.put("expected", all.of(Count.EXPECTED));
    messages.put("delivered", all.of(Count.DELIVERED));
    messages.put("lost", all.lost());
    messages.put("duplicates", all.of(Count.DUPLICATE));
    messages.put("outOfOrder", all.of(Count.OUT_OF_ORDER));
    messages.put("strays", all.of(Count.STRAY));
    messages.put("stalls", all.of(Count.STALLED));
    return messages;
  }

  private Map<String, Object> rates() {
    Result.Measured measured = result.measured();
    Map<String, Object> rates = new LinkedHashMap<>();
    rates.put("seconds", measured.seconds());
    rates.put("sentPerSecond", measured.perSecond(measured.sent()));
    rates.put("deliveredPerSecond", measured.perSecond(measured.delivered()));
    rates.put("acknowledgedPerSecond", measured.perSecond(measured.acknowledged()));
    rates.put("connectedPerSecond", measured.perSecond(measured.connected()));
    return rates;
  }

  private Map<String, Object> latencies() {
    Map<String, Object> latencies = new LinkedHashMap<>();
    for (Latency latency : Latency.values()) {
      Histogram histogram = result.all().of(latency);
      if (histogram.getTotalCount() > 0) {
        latencies.put(latency.wireName(), percentiles(histogram));
      }
    }
    return latencies;
  }

  private static Map<String, Object> percentiles(Histogram histogram) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("count", histogram.getTotalCount());
    values.put("mean", histogram.getMean() / 1000);
    values.put("p50", milliseconds(histogram, 50));
    values.put("p90", milliseconds(histogram, 90));
    values.put("p99", milliseconds(histogram, 99));
    values.put("p99.9", milliseconds(histogram, 99.9));
    values.put("max", histogram.getMaxValue() / 1000.0);
    return values;
  }

  private static double milliseconds(Histogram histogram, double percentile) {
    return histogram.getValueAtPercentile(percentile) / 1000.0;
  }

  private Map<String, Object> server(Result.ServerUse use) {
    Result.Measured measured = result.measured();
    Map<String, Object> server = new LinkedHashMap<>();
    server.put("cpuSeconds", use.cpuSeconds());
    server.put("deliveredPerCpuSecond", use.perCpuSecond(measured.delivered()));
    server.put("acknowledgedPerCpuSecond", use.perCpuSecond(measured.acknowledged()));
    server.put("connectedPerCpuSecond", use.perCpuSecond(measured.connected()));
    server.put("rssBeforeBytes", use.rssBefore());
    server.put("rssReadyBytes", use.rssReady());
    server.put("rssEndBytes", use.rssEnd());
    server.put("rssPerConnectionBytes", use.rssPerConnection(result.all().of(Count.READY)));
    return server;
  }
}
