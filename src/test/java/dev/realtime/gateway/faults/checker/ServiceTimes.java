package dev.realtime.gateway.faults.checker;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How long devices were without service, fault by fault: from the first command that was not
 * answered to the next good ack of the device. Thread-safe.
 */
public final class ServiceTimes {

  /** An absence that begins so soon after a fault is still a consequence of it. */
  private static final long AFTERMATH = 2_000_000_000L;

  private static final long SHORT = 20_000_000L;

  private record Episode(String fault, long start, long end) {
    boolean explains(Gap gap) {
      return gap.start < end + AFTERMATH && gap.end > start;
    }
  }

  private record Gap(long start, long end) {
    long lasted() {
      return end - start;
    }
  }

  private final List<Episode> episodes = new ArrayList<>();
  private final List<Gap> gaps = new ArrayList<>();

  public synchronized void served(long since, long now) {
    if (now - since > SHORT) {
      gaps.add(new Gap(since, now));
    }
  }

  public synchronized void happened(String fault, long start, long end) {
    episodes.add(new Episode(fault, start, end));
  }

  /** The longest time without service, and how much of it came after healing. */
  public synchronized String table() {
    Map<String, List<Episode>> byFault = new TreeMap<>();
    episodes.forEach(each -> byFault.computeIfAbsent(each.fault, _ -> new ArrayList<>()).add(each));
    StringBuilder table = new StringBuilder();
    table.append(
        """
        | fault | times | longest fault | longest without service | of it after healing |
        |---|---|---|---|---|
        """);
    byFault.forEach((fault, list) -> table.append(row(fault, list)));
    gaps.stream()
        .filter(gap -> episodes.stream().noneMatch(each -> each.explains(gap)))
        .max(Comparator.comparingLong(Gap::lasted))
        .ifPresent(
            gap -> table.append("| no fault | | | %.1f s | |%n".formatted(gap.lasted() / 1e9)));
    return table.toString();
  }

  private String row(String fault, List<Episode> list) {
    long lasted = 0;
    long longest = 0;
    long after = 0;
    for (Episode episode : list) {
      lasted = Math.max(lasted, episode.end - episode.start);
      for (Gap gap : gaps) {
        if (episode.explains(gap) && gap.lasted() > longest) {
          longest = gap.lasted();
          after = Math.max(0, gap.end - Math.max(episode.end, gap.start));
        }
      }
    }
    return "| %s | %d | %.1f s | %.1f s | %.1f s |%n"
        .formatted(fault, list.size(), lasted / 1e9, longest / 1e9, after / 1e9);
  }
}
