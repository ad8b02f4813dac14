package dev.realtime.gateway.faults;

import dev.realtime.gateway.faults.checker.Comparison;
import dev.realtime.gateway.faults.checker.Promises;
import dev.realtime.gateway.faults.checker.Remains;
import dev.realtime.gateway.faults.checker.ServiceTimes;
import dev.realtime.gateway.faults.checker.Stored;
import dev.realtime.gateway.faults.checker.Violations;
import dev.realtime.gateway.faults.checker.Violations.Kind;
import dev.realtime.gateway.faults.crowd.Crowd;
import dev.realtime.gateway.faults.crowd.Device;
import dev.realtime.gateway.faults.crowd.Run;
import dev.realtime.gateway.faults.site.GatewayNode;
import dev.realtime.gateway.faults.site.Site;
import dev.realtime.gateway.faults.site.StoredReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One run: everybody plays, faults happen, and what is left is held against the database. */
final class FaultRun {

  /** As the protocol's clients wait; the page promises less than this for every command. */
  private static final Duration ANSWER =
      Duration.ofSeconds(Integer.getInteger("gateway.chaos.answer", 12));

  /** Instances compare their rooms with PostgreSQL every 15 s; the rest is for a busy machine. */
  private static final Duration HEALED = Duration.ofSeconds(60);

  private static final int PRINTED = 30;
  private static final Duration GONE = Duration.ofSeconds(45);

  private final long seed;
  private final int seconds;
  private final boolean inBuild;
  private final Violations violations = new Violations();
  private final ServiceTimes times = new ServiceTimes();
  private final Promises promises = new Promises();

  FaultRun(long seed, int seconds, boolean inBuild) {
    this.seed = seed;
    this.seconds = seconds;
    this.inBuild = inBuild;
  }

  /** Plays; what was found is in the violations. */
  Violations play(Path folder) {
    System.out.printf("faults: seed %d, %d s, logs in %s%n", seed, seconds, folder);
    try (Site site = new Site(folder)) {
      Run run = new Run(site, promises, violations, times, ANSWER);
      try (Crowd crowd = new Crowd(run, seed)) {
        awaitAllIn(crowd);
        rest(2_000);
        Faults faults = new Faults(site, crowd, violations);
        Play play = new Play(faults.all(), times, seed, inBuild);
        long start = System.nanoTime();
        play.alone(start + TimeUnit.SECONDS.toNanos(seconds) * 3 / 4);
        if (!inBuild) {
          compare(crowd, site, "after each alone");
          crowd.goOn();
        }
        play.mixed(start + TimeUnit.SECONDS.toNanos(seconds));
        site.nodes().forEach(GatewayNode::awaitReady);
        compare(crowd, site, "after all");
        crowd.leave();
        leftovers(site);
      }
      report(site);
    }
    return violations;
  }

  /** Fresh processes on a busy machine are slow; that is no fault of theirs. */
  private static void awaitAllIn(Crowd crowd) {
    long end = System.nanoTime() + HEALED.toNanos();
    while (System.nanoTime() < end && !crowd.devices().stream().allMatch(FaultRun::isIn)) {
      rest(200);
    }
  }

  private static boolean isIn(Device device) {
    synchronized (device) {
      return !device.rooms().open().isEmpty();
    }
  }

  private void report(Site site) {
    System.out.printf(
        "faults: seed %d, %d messages and %d other writes acknowledged, violations %s,"
            + " this machine held us up for %.1f s%n%s",
        seed,
        promises.messages(),
        promises.others(),
        violations.counts(),
        site.lag() / 1e9,
        times.table());
    violations.found().stream().limit(PRINTED).forEach(System.out::println);
  }

  int messages() {
    return promises.messages();
  }

  private void compare(Crowd crowd, Site site, String when) {
    long begun = System.nanoTime();
    crowd.settle();
    Stored stored = settled(crowd, site);
    System.out.printf("faults: settled %s after %.1f s%n", when, (System.nanoTime() - begun) / 1e9);
    stored.chats().forEach((chat, there) -> Comparison.gapless(chat, there, violations));
    for (Device device : crowd.devices()) {
      synchronized (device) {
        stored.chats().forEach((chat, there) -> compare(device, chat, there, when));
      }
    }
    promises.check(stored, violations);
  }

  private void compare(Device device, String chat, Stored.Chat there, String when) {
    String who = device.name() + " of " + device.user() + " in " + chat + ", " + when;
    if (!isAt(device, chat, there)) {
      violations.add(Kind.DIVERGED, who, "not where it should be: " + device.describe());
    } else if (there.members().containsKey(device.user())) {
      Comparison.compare(who, device.rooms().judge(chat), there, violations);
    }
  }

  /** What is stored when everybody has it and it stays so, or at the end of patience. */
  private static Stored settled(Crowd crowd, Site site) {
    long end = System.nanoTime() + HEALED.toNanos();
    boolean before = false;
    while (true) {
      Stored stored = StoredReader.read(site.servers(), crowd.cast().chats());
      boolean all =
          waiting(site) == 0 && crowd.devices().stream().allMatch(device -> hasAll(device, stored));
      if ((all && before) || System.nanoTime() > end) {
        return stored;
      }
      before = all;
      rest(500);
    }
  }

  private static boolean hasAll(Device device, Stored stored) {
    return device.isQuiet()
        && stored.chats().entrySet().stream()
            .allMatch(chat -> isAt(device, chat.getKey(), chat.getValue()));
  }

  private static boolean isAt(Device device, String chat, Stored.Chat there) {
    synchronized (device) {
      boolean member = there.members().containsKey(device.user());
      return device.rooms().isAt(chat, there.lastRev(), member);
    }
  }

  private static long waiting(Site site) {
    return site.servers().number("select count(*) from pending_mentions");
  }

  private void leftovers(Site site) {
    long begun = System.nanoTime();
    List<String> left = remains(site).leftovers();
    while (!left.isEmpty() && System.nanoTime() < begun + GONE.toNanos()) {
      rest(500);
      left = remains(site).leftovers();
    }
    left.forEach(each -> violations.add(Kind.LEFTOVER, "the site", each));
    System.out.printf(
        "faults: nothing left behind after %.1f s%n", (System.nanoTime() - begun) / 1e9);
  }

  private static Remains remains(Site site) {
    List<String> channels = new ArrayList<>(site.servers().channels());
    // Each instance listens to some rooms of its own as long as it lives.
    channels.removeIf(
        channel -> !channel.startsWith("room:chat:") && !channel.startsWith("room:user:"));
    long connections =
        site.nodes().stream().mapToLong(node -> metric(node, "gateway_connections")).sum();
    return new Remains(
        channels,
        site.servers().keys("stream:*:viewers*"),
        connections,
        site.servers().idleInTransaction(),
        waiting(site));
  }

  private static long metric(GatewayNode node, String name) {
    URI metrics = URI.create("http://127.0.0.1:" + node.port() + "/actuator/prometheus");
    try (var in = metrics.toURL().openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
          .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
          .sum();
    } catch (IOException down) {
      System.out.println("faults: no metrics of " + node.name() + ": " + down);
      return -1;
    }
  }

  private static void rest(long millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }
}
