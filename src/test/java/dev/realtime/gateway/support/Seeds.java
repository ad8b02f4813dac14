package dev.realtime.gateway.support;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;

/**
 * Random runs that can be repeated: a bounded number in every build, more with {@code
 * -Dgateway.seeds=2000}, and a certain one with {@code -Dgateway.seed=17}.
 */
public final class Seeds {

  private Seeds() {}

  /** Runs each seed, some beside each other; a failure names its seed. */
  public static void run(int inEveryBuild, int beside, LongConsumer test) {
    Long certain = Long.getLong("gateway.seed");
    LongStream seeds =
        certain == null
            ? LongStream.range(0, Integer.getInteger("gateway.seeds", inEveryBuild))
            : LongStream.of(certain);
    Semaphore places = new Semaphore(beside);
    List<Future<?>> runs = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      seeds.forEach(seed -> runs.add(threads.submit(() -> runOne(places, seed, test))));
    }
    runs.forEach(Scene::finish);
  }

  private static void runOne(Semaphore places, long seed, LongConsumer test) {
    places.acquireUninterruptibly();
    try {
      test.accept(seed);
    } catch (RuntimeException | AssertionError failure) {
      throw new AssertionError("seed " + seed + ": " + failure.getMessage(), failure);
    } finally {
      places.release();
    }
  }
}
