package dev.realtime.gateway.load.server;

import dev.realtime.gateway.load.setting.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** The processes of the server, where they run on this machine and it is Linux. */
public record ServerProcess(List<Long> pids) {

  private static final double TICKS_PER_SECOND = 100;
  private static final Pattern SPACE = Pattern.compile("\\s+");

  // Fields of /proc/PID/stat after the command's name in brackets (proc_pid_stat(5)).
  private static final int USER_TICKS = 11;
  private static final int SYSTEM_TICKS = 12;

  /**
   * What they have used.
   *
   * @param rssBytes resident memory at this moment
   */
  public record Use(double cpuSeconds, long rssBytes) {}

  public boolean isKnown() {
    return !pids.isEmpty();
  }

  /** Their use until now; zeros if there are none. */
  public Use use() {
    try {
      double cpu = 0;
      long rss = 0;
      for (long pid : pids) {
        cpu += cpuSeconds(Path.of("/proc", Long.toString(pid), "stat"));
        rss += rssBytes(Path.of("/proc", Long.toString(pid), "status"));
      }
      return new Use(cpu, rss);
    } catch (IOException gone) {
      throw new UsageException("--server-pid: cannot read " + gone.getMessage(), gone);
    }
  }

  private static double cpuSeconds(Path stat) throws IOException {
    String line = Files.readString(stat);
    List<String> fields =
        SPACE.splitAsStream(line.substring(line.lastIndexOf(')') + 1).trim()).toList();
    long ticks = Long.parseLong(fields.get(USER_TICKS)) + Long.parseLong(fields.get(SYSTEM_TICKS));
    return ticks / TICKS_PER_SECOND;
  }

  private static long rssBytes(Path status) throws IOException {
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .map(line -> SPACE.splitAsStream(line).toList().get(1))
        .mapToLong(kilobytes -> Long.parseLong(kilobytes) * 1024)
        .findFirst()
        .orElse(0);
  }
}
