package dev.realtime.gateway.benchmark;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs the benchmarks and fails when one allocates clearly more than agreed. */
public final class AllocationGuard {

  private static final String ALLOCATED = "gc.alloc.rate.norm";

  private AllocationGuard() {}

  /** Takes the file of limits and the file for the results. */
  public static void main(String[] files) throws RunnerException {
    Map<String, Double> measured = allocated(new Runner(options(files[1])).run());
    // A command-line tool: this is its answer.
    measured.forEach(
        (name, bytes) -> System.out.println(name + " allocates " + AllocationLimits.shown(bytes)));
    List<String> violations = AllocationLimits.read(Path.of(files[0])).violations(measured);
    if (!violations.isEmpty()) {
      violations.forEach(System.err::println);
      System.exit(1);
    }
  }

  private static Options options(String resultFile) {
    return new OptionsBuilder()
        .include("dev\\.realtime\\.gateway\\..*Benchmark")
        .mode(Mode.Throughput)
        .forks(1)
        .warmupIterations(3)
        .warmupTime(TimeValue.seconds(1))
        .measurementIterations(3)
        .measurementTime(TimeValue.seconds(1))
        .addProfiler(GCProfiler.class)
        .resultFormat(ResultFormatType.JSON)
        .result(resultFile)
        .shouldFailOnError(true)
        .build();
  }

  private static Map<String, Double> allocated(Collection<RunResult> results) {
    Map<String, Double> allocated = new TreeMap<>();
    for (RunResult result : results) {
      Result<?> bytes = result.getSecondaryResults().get(ALLOCATED);
      allocated.put(nameOf(result), bytes == null ? Double.NaN : bytes.getScore());
    }
    return allocated;
  }

  /** Class and method, without the package. */
  private static String nameOf(RunResult result) {
    String name = result.getParams().getBenchmark();
    int method = name.lastIndexOf('.');
    return name.substring(name.lastIndexOf('.', method - 1) + 1);
  }
}
