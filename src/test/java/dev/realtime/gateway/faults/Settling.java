package dev.realtime.gateway.faults;

import dev.realtime.gateway.faults.checker.Comparison;
import dev.realtime.gateway.faults.checker.HookJudge;
import dev.realtime.gateway.faults.checker.NotificationJudge;
import dev.realtime.gateway.faults.checker.Promises;
import dev.realtime.gateway.faults.checker.Stored;
import dev.realtime.gateway.faults.checker.StreamJudge;
import dev.realtime.gateway.faults.checker.Violations;
import dev.realtime.gateway.faults.checker.Violations.Kind;
import dev.realtime.gateway.faults.crowd.Crowd;
import dev.realtime.gateway.faults.crowd.Device;
import dev.realtime.gateway.faults.site.Report;
import dev.realtime.gateway.faults.site.Site;
import dev.realtime.gateway.faults.site.StoredReader;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits until everybody has everything, and holds what they have against the database. */
final class Settling {

  /** Instances compare their rooms with PostgreSQL every 15 s; the rest is for a busy machine. */
  private static final Duration HEALED = Duration.ofSeconds(60);

  private final Crowd crowd;
  private final Site site;
  private final Judges judges;
  private final Violations violations;
  private final Audience audience;

  /** What has been noted meanwhile, and what is found. */
  record Judges(Promises promises, HookJudge hooks, Violations violations) {}

  Settling(Crowd crowd, Site site, Judges judges) {
    this.crowd = crowd;
    this.site = site;
    this.judges = judges;
    this.violations = judges.violations;
    this.audience = new Audience(crowd, site, violations);
  }

  void compare(String when) {
    long begun = System.nanoTime();
    site.receiver().calm();
    crowd.settle();
    crowd.backend().finish(HEALED);
    Stored stored = settled();
    Report.line(
        "faults: settled %s after %.1f s, %s", when, (System.nanoTime() - begun) / 1e9, stored);
    audience.check(stored.streams());
    crowd.readNotices();
    await(HEALED, () -> crowd.devices().stream().allMatch(Settling::hasList));
    stored.chats().forEach((chat, there) -> Comparison.gapless(chat, there, violations));
    stored.notices().forEach((user, list) -> NotificationJudge.checkStored(user, list, violations));
    for (Device device : crowd.devices()) {
      synchronized (device) {
        stored.chats().forEach((chat, there) -> compare(device, chat, there, when));
        compare(device, stored.notices(device.user()));
        stored.streams().forEach((stream, there) -> compare(device, stream, there));
      }
    }
    stored.streams().forEach((stream, there) -> StreamJudge.checkStored(stream, there, violations));
    judges.hooks.check(stored);
    judges.promises.check(stored, violations);
    site.receiver().moody();
  }

  private void compare(Device device, String stream, Stored.Stream there) {
    if (!isAt(device, stream, there)) {
      violations.add(Kind.DIVERGED, device.name(), "not where it should be: " + device.describe());
    }
    device.streams().judge(stream).check(there);
  }

  private void compare(Device device, String chat, Stored.Chat there, String when) {
    String who = device.name() + " of " + device.user() + " in " + chat + ", " + when;
    if (!isAt(device, chat, there)) {
      violations.add(Kind.DIVERGED, who, "not where it should be: " + device.describe());
    } else if (there.members().containsKey(device.user())) {
      Comparison.compare(who, device.rooms().judge(chat), there, violations);
    }
  }

  private void compare(Device device, List<Stored.Notice> there) {
    NotificationJudge judge = device.notices().judge();
    NotificationJudge.Listing list = device.notices().listing();
    judge.check(there);
    if (list == null) {
      violations.add(Kind.UNANSWERED, device.name(), "no list: " + device.describe());
    } else {
      judge.check(list, there);
    }
  }

  private static boolean hasList(Device device) {
    synchronized (device) {
      return device.notices().listing() != null;
    }
  }

  /** What is stored when everybody has it and it stays so, or at the end of patience. */
  private Stored settled() {
    long end = System.nanoTime() + HEALED.toNanos();
    boolean before = false;
    while (true) {
      Stored stored =
          StoredReader.read(site.servers(), crowd.cast().chats(), crowd.cast().streams());
      boolean all =
          site.servers().waiting() == 0
              && judges.hooks.hasAll(stored)
              && crowd.devices().stream().allMatch(device -> hasAll(device, stored));
      if ((all && before) || System.nanoTime() > end) {
        return stored;
      }
      before = all;
      rest();
    }
  }

  private static boolean hasAll(Device device, Stored stored) {
    synchronized (device) {
      return device.isQuiet()
          && device.notices().isCurrent()
          && device.notices().judge().hasAll(stored.notices(device.user()))
          && stored.chats().entrySet().stream()
              .allMatch(chat -> isAt(device, chat.getKey(), chat.getValue()))
          && stored.streams().entrySet().stream()
              .allMatch(stream -> isAt(device, stream.getKey(), stream.getValue()));
    }
  }

  private static boolean isAt(Device device, String chat, Stored.Chat there) {
    synchronized (device) {
      boolean member = there.members().containsKey(device.user());
      return device.rooms().isAt(chat, there.lastRev(), member);
    }
  }

  private static boolean isAt(Device device, String stream, Stored.Stream there) {
    boolean banned = there.banned().contains(device.user());
    return device.streams().isSettled(stream, banned)
        && (banned || device.streams().judge(stream).facts().equals(there.facts()));
  }

  /** Returns whether it became so in time. */
  static boolean await(Duration patience, BooleanSupplier condition) {
    long end = System.nanoTime() + patience.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        return false;
      }
      rest();
    }
    return true;
  }

  private static void rest() {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
  }
}
