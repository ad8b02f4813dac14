package dev.realtime.gateway.faults;

import dev.realtime.gateway.faults.checker.HookJudge;
import dev.realtime.gateway.faults.checker.Promises;
import dev.realtime.gateway.faults.checker.ServiceTimes;
import dev.realtime.gateway.faults.checker.Violations;
import dev.realtime.gateway.faults.crowd.Crowd;
import dev.realtime.gateway.faults.crowd.Device;
import dev.realtime.gateway.faults.crowd.Run;
import dev.realtime.gateway.faults.site.GatewayNode;
import dev.realtime.gateway.faults.site.HookReceiver;
import dev.realtime.gateway.faults.site.Report;
import dev.realtime.gateway.faults.site.Site;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One run: everybody plays, faults happen, and what is left is held against the database. */
final class FaultRun {

  /** As the protocol's clients wait, in seconds; the page promises less for every command. */
  private static final int ANSWER = 12;

  /** In a build other tests take the processors, and a process may not run for seconds. */
  private static final int ANSWER_IN_BUILD = 40;

  /** Within this everybody is in at the beginning. */
  private static final Duration IN = Duration.ofSeconds(60);

  private static final int PRINTED = 30;

  /** How many webhooks come at once, with every other seed. */
  private static final int BATCH = 20;

  private final long seed;
  private final int seconds;
  private final boolean inBuild;
  private final Violations violations = new Violations();
  private final ServiceTimes times = new ServiceTimes();
  private final Promises promises = new Promises();
  private final HookJudge hooks = new HookJudge(HookReceiver.SECRET, violations);

  FaultRun(long seed, int seconds, boolean inBuild) {
    this.seed = seed;
    this.seconds = seconds;
    this.inBuild = inBuild;
  }

  /** Plays; what was found is in the violations. */
  Violations play(Path folder) {
    Report.line("faults: seed %d, %d s, logs in %s", seed, seconds, folder);
    long begun = System.nanoTime();
    try (Site site = new Site(folder, hooks, seed % 2 == 0 ? BATCH : 1)) {
      int answer = Integer.getInteger("gateway.chaos.answer", inBuild ? ANSWER_IN_BUILD : ANSWER);
      Run run = new Run(site, promises, violations, times, Duration.ofSeconds(answer));
      try (Crowd crowd = new Crowd(run, seed)) {
        awaitAllIn(crowd);
        Report.line("faults: all are in after %.1f s", (System.nanoTime() - begun) / 1e9);
        rest(1_000);
        Faults faults = new Faults(site, crowd, violations);
        Settling settling =
            new Settling(crowd, site, new Settling.Judges(promises, hooks, violations));
        Play play = new Play(faults.all(inBuild), times, seed, inBuild);
        long start = System.nanoTime();
        play.alone(start + TimeUnit.SECONDS.toNanos(seconds) * 3 / 4);
        if (!inBuild) {
          settling.compare("after each alone");
          crowd.goOn();
        }
        play.mixed(start + TimeUnit.SECONDS.toNanos(seconds));
        if (inBuild) {
          faults.retire(new Random(seed));
        }
        site.nodes().forEach(GatewayNode::awaitReady);
        settling.compare("after all");
        crowd.leave();
        new Leftovers(site, inBuild, violations).check();
      }
      report(site);
    }
    return violations;
  }

  /** Fresh processes on a busy machine are slow; that is no fault of theirs. */
  private static void awaitAllIn(Crowd crowd) {
    long end = System.nanoTime() + IN.toNanos();
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
    Report.line(
        "faults: seed %d, %d messages and %d other writes acknowledged, violations %s,"
            + " this machine held us up for %.1f s%n%s",
        seed,
        promises.messages(),
        promises.others(),
        violations.counts(),
        site.lag() / 1e9,
        times.table());
    violations.found().stream().limit(PRINTED).forEach(each -> Report.line("%s", each));
  }

  int messages() {
    return promises.messages();
  }

  private static void rest(long millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }
}
