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

  /** A time without service that begins so soon after a fault is a consequence of it. */
  private static final long AFTERMATH = 2_000_000_000L;

  private static final long SHORT = 20_000_000L;

  private record Episode(String fault, long start, long end) {
    boolean saw(Gap gap) {
      return gap.start >= start && gap.start <= end;
    }

    boolean precedes(Gap gap) {
      return gap.start > end && gap.start < end + AFTERMATH;
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
        .filter(gap -> causes(gap).isEmpty())
        .max(Comparator.comparingLong(Gap::lasted))
        .ifPresent(
            gap -> table.append("| no fault | | | %.1f s | |%n".formatted(gap.lasted() / 1e9)));
    return table.toString();
  }

  /** What went on when it began, or else what had just ended. */
  private List<Episode> causes(Gap gap) {
    List<Episode> present = episodes.stream().filter(each -> each.saw(gap)).toList();
    return present.isEmpty()
        ? episodes.stream().filter(each -> each.precedes(gap)).toList()
        : present;
  }

  private String row(String fault, List<Episode> list) {
    long lasted = 0;
    long longest = 0;
    long after = 0;
    for (Episode episode : list) {
      lasted = Math.max(lasted, episode.end - episode.start);
      for (Gap gap : gaps) {
        if (gap.lasted() > longest && causes(gap).contains(episode)) {
          longest = gap.lasted();
          after = Math.max(0, gap.end - Math.max(episode.end, gap.start));
        }
      }
    }
    return "| %s | %d | %.1f s | %.1f s | %.1f s |%n"
        .formatted(fault, list.size(), lasted / 1e9, longest / 1e9, after / 1e9);
  }
}
