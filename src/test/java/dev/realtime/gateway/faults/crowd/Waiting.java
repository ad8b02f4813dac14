package dev.realtime.gateway.faults.crowd;

import dev.realtime.gateway.faults.checker.ServiceTimes;

/** How long a device that reads has waited for service. Not thread-safe. */
final class Waiting {

  /** After so long the device's diary is printed. */
  private static final double LONG = Integer.getInteger("gateway.chaos.tell", 10);

  private final String device;
  private final ServiceTimes times;
  private final Diary diary;
  private final Stall stall;
  private long since;
  private long stalledBefore;

  Waiting(String device, ServiceTimes times, Diary diary, Stall stall) {
    this.device = device;
    this.times = times;
    this.diary = diary;
    this.stall = stall;
  }

  /** Something was asked for, or the connection was lost. */
  void begins() {
    if (since == 0) {
      startAt(System.nanoTime());
    }
  }

  /** The person is away. */
  void ends() {
    since = 0;
  }

  /** A good ack came. */
  void served(boolean nothingElseWaits) {
    long now = System.nanoTime();
    if (since != 0) {
      long missed = now - since - (stall.nanos() - stalledBefore);
      times.served(since, since + missed);
      double seconds = missed / 1e9;
      if (seconds > LONG) {
        diary.print(device, seconds);
      }
    }
    startAt(nothingElseWaits ? 0 : now);
  }

  private void startAt(long start) {
    since = start;
    stalledBefore = stall.nanos();
  }
}
