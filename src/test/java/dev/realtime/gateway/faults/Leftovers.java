package dev.realtime.gateway.faults;

import dev.realtime.gateway.faults.checker.Remains;
import dev.realtime.gateway.faults.checker.Violations;
import dev.realtime.gateway.faults.checker.Violations.Kind;
import dev.realtime.gateway.faults.site.GatewayNode;
import dev.realtime.gateway.faults.site.Report;
import dev.realtime.gateway.faults.site.Site;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What is still there after everybody has left. */
final class Leftovers {

  private static final Duration GONE = Duration.ofSeconds(45);

  /** An instance listens to a stream for a minute after the last one has joined there. */
  private static final Duration LISTENED = Duration.ofSeconds(90);

  private static final List<String> LEASES =
      List.of("stream:*:viewers*", "stream:*:instances", "stream:*:telling");

  private final Site site;
  private final boolean inBuild;
  private final Violations violations;

  Leftovers(Site site, boolean inBuild, Violations violations) {
    this.site = site;
    this.inBuild = inBuild;
    this.violations = violations;
  }

  /** Gives everything time to go, and notes what does not. */
  void check() {
    long begun = System.nanoTime();
    Settling.await(inBuild ? GONE : LISTENED, () -> remains().leftovers().isEmpty());
    remains().leftovers().forEach(each -> violations.add(Kind.LEFTOVER, "the site", each));
    Report.line("faults: nothing left behind after %.1f s", (System.nanoTime() - begun) / 1e9);
  }

  private Remains remains() {
    List<String> channels = new ArrayList<>(site.servers().channels());
    // Each instance listens to some rooms of its own as long as it lives. In a build there is no
    // time to wait until it forgets the streams.
    channels.removeIf(channel ->
        !channel.startsWith("room:chat:")
            && !channel.startsWith("room:user:")
            && (inBuild || !channel.startsWith("room:live:")));
    long connections =
        site.nodes().stream().mapToLong(node -> metric(node, "gateway_connections")).sum();
    return new Remains(
        channels,
        site.servers().keys(LEASES),
        connections,
        site.servers().idleInTransaction(),
        site.servers().waiting());
  }

  private static long metric(GatewayNode node, String name) {
    return node.get("/actuator/prometheus")
        .map(metrics ->
            metrics
                .lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum())
        .orElse(-1L);
  }
}
