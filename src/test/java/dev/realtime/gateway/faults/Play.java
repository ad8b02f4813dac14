package dev.realtime.gateway.faults;

import dev.realtime.gateway.faults.Fault.Place;
import dev.realtime.gateway.faults.checker.ServiceTimes;
import dev.realtime.gateway.faults.site.Report;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Lets faults happen: first each alone, then two at a time, as a seed has it. */
final class Play {

  /** How many faults happen in every run, before chance decides. */
  private static final int ALWAYS = 3;

  private final List<Fault> faults;
  private final ServiceTimes times;
  private final Random random;
  private final boolean inBuild;

  Play(List<Fault> faults, ServiceTimes times, long seed, boolean inBuild) {
    this.faults = faults;
    this.times = times;
    this.random = new Random(seed);
    this.inBuild = inBuild;
  }

  /** One after the other until the time is over; the first ones always happen. */
  void alone(long end) {
    List<Fault> order = new ArrayList<>(faults);
    Collections.shuffle(order.subList(ALWAYS, order.size()), random);
    for (int i = 0; i < order.size() && (i < ALWAYS || System.nanoTime() < end); i++) {
      happen(order.get(i), "", random);
      rest(1_000);
    }
  }

  /**
   * Two at a time, never two of one place. In a build a gateway is left alone here: its new start,
   * on two cores, would prolong every build.
   */
  void mixed(long end) {
    List<Place> outside = new ArrayList<>(List.of(Place.CLIENT, Place.RECEIVER));
    if (!inBuild) {
      outside.add(Place.GATEWAY);
    }
    try (ExecutorService lanes = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> both = new ArrayList<>();
      for (List<Place> places : List.of(outside, List.of(Place.REDIS, Place.POSTGRES))) {
        List<Fault> some = faults.stream().filter(each -> places.contains(each.place())).toList();
        Random dice = new Random(random.nextLong());
        both.add(lanes.submit(() -> lane(some, dice, end)));
      }
      for (Future<?> lane : both) {
        finish(lane);
      }
    }
  }

  private static void finish(Future<?> lane) {
    try {
      lane.get();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    } catch (ExecutionException failed) {
      throw new IllegalStateException(failed.getCause());
    }
  }

  private void lane(List<Fault> some, Random dice, long end) {
    while (System.nanoTime() < end) {
      happen(some.get(dice.nextInt(some.size())), "mixed, ", dice);
      rest(300 + dice.nextInt(inBuild ? 700 : 3_000));
    }
  }

  private void happen(Fault fault, String prefix, Random dice) {
    int millis = fault.lasts(inBuild, dice);
    long start = System.nanoTime();
    Report.line(
        "%s faults: %s%s for %d ms", LocalTime.now(ZoneOffset.UTC), prefix, fault.name(), millis);
    Runnable heal = fault.strikes().strike(dice, millis);
    try {
      rest(millis);
    } finally {
      heal.run();
    }
    times.happened(prefix + fault.name(), start, System.nanoTime());
  }

  /** How long a fault lasts is what this is about. */
  private static void rest(long millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }
}
