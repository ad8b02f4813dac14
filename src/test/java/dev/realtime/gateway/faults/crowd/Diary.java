package dev.realtime.gateway.faults.crowd;

import dev.realtime.gateway.faults.site.Report;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Deque;

/** The last things that happened to a connection, told when it was without service for long. */
final class Diary {

  private static final int ENTRIES = 40;
  private static final int WIDTH = 240;

  private final Deque<String> entries = new ArrayDeque<>();

  synchronized void note(String what) {
    if (entries.size() == ENTRIES) {
      entries.removeFirst();
    }
    String words = what.length() > WIDTH ? what.substring(0, WIDTH) : what;
    entries.add("%s %s".formatted(LocalTime.now(ZoneOffset.UTC), words));
  }

  synchronized void print(String device, double seconds) {
    Report.line(
        "faults: %s was without service for %.1f s:%n    %s",
        device, seconds, String.join("\n    ", entries));
  }
}
