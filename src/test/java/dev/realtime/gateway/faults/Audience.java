package dev.realtime.gateway.faults;

import dev.realtime.gateway.faults.checker.Stored;
import dev.realtime.gateway.faults.checker.Violations;
import dev.realtime.gateway.faults.checker.Violations.Kind;
import dev.realtime.gateway.faults.crowd.Crowd;
import dev.realtime.gateway.faults.crowd.Device;
import dev.realtime.gateway.faults.site.GatewayNode;
import dev.realtime.gateway.faults.site.Report;
import dev.realtime.gateway.faults.site.Site;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Counts who watches each stream, and sees to it that they hear one another. */
final class Audience {

  /** A count is right after 2 s, and after 15 s where an instance died; the rest is for a test. */
  private static final Duration COUNTED = Duration.ofSeconds(25);

  private static final Duration HEARD = Duration.ofSeconds(10);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Crowd crowd;
  private final Site site;
  private final Violations violations;

  Audience(Crowd crowd, Site site, Violations violations) {
    this.crowd = crowd;
    this.site = site;
    this.violations = violations;
  }

  /** Everybody is where they should be: all are told the right counts, and hear what is said. */
  void check(Map<String, Stored.Stream> streams) {
    long begun = System.nanoTime();
    Settling.await(COUNTED, () -> streams.keySet().stream().allMatch(this::isCounted));
    streams.keySet().forEach(this::checkCounts);
    Report.line("faults: viewers right after %.1f s", (System.nanoTime() - begun) / 1e9);
    streams.keySet().forEach(this::ask);
    streams.forEach((stream, there) -> {
      if (!there.facts().status().equals("ended")) {
        speak(stream);
      }
    });
  }

  private List<Device> watching(String stream) {
    return crowd.devices().stream().filter(device -> isIn(device, stream)).toList();
  }

  private static boolean isIn(Device device, String stream) {
    synchronized (device) {
      return device.streams().judge(stream).isIn();
    }
  }

  private static long users(List<Device> devices) {
    return devices.stream().map(Device::user).distinct().count();
  }

  private static long told(Device device, String stream) {
    synchronized (device) {
      return device.streams().judge(stream).viewers();
    }
  }

  private boolean isCounted(String stream) {
    List<Device> watching = watching(stream);
    long users = users(watching);
    return watching.stream().allMatch(device -> told(device, stream) == users);
  }

  private void checkCounts(String stream) {
    List<Device> watching = watching(stream);
    for (Device device : watching) {
      synchronized (device) {
        device.streams().judge(stream).checkViewers(users(watching));
      }
    }
  }

  /** Each gateway counts as the devices do; one that has just been killed may still start. */
  private void ask(String stream) {
    List<Device> watching = watching(stream);
    String expected = users(watching) + " users, " + watching.size() + " connections";
    for (GatewayNode node : site.nodes()) {
      if (node.isReady() && !Settling.await(HEARD, () -> counted(node, stream).equals(expected))) {
        violations.add(
            Kind.DIVERGED,
            node.name(),
            stream + " has " + counted(node, stream) + ", there are " + expected);
      }
    }
  }

  private static String counted(GatewayNode node, String stream) {
    JsonNode room = JSON.readTree(node.get("/api/v1/rooms/live/" + stream).orElse("{}"));
    return "%d users, %d connections"
        .formatted(room.path("members").asLong(-1), room.path("connections").asLong(-1));
  }

  private void speak(String stream) {
    List<Device> watching = watching(stream);
    String words = "Does everybody hear " + UUID.randomUUID() + "?";
    crowd.say(stream, words);
    Settling.await(HEARD, () -> watching.stream().allMatch(device -> heard(device, stream, words)));
    for (Device device : watching) {
      synchronized (device) {
        device.streams().judge(stream).checkHeard(words);
      }
    }
  }

  private static boolean heard(Device device, String stream, String words) {
    synchronized (device) {
      return device.streams().judge(stream).heard(words);
    }
  }
}
