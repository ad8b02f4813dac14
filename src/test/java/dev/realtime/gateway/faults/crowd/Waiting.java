package dev.realtime.gateway.faults.crowd;

import dev.realtime.gateway.faults.checker.ServiceTimes;

/** How long a device has waited for service. Not thread-safe. */
final class Waiting {

  /** After so long the device's diary is printed. */
  private static final double LONG = Integer.getInteger("gateway.chaos.tell", 10);

  private final String device;
  private final ServiceTimes times;
  private final Diary diary;
  private long since;

  Waiting(String device, ServiceTimes times, Diary diary) {
    this.device = device;
    this.times = times;
    this.diary = diary;
  }

  /** Something was asked for, or the connection was lost. */
  void begins() {
    if (since == 0) {
      since = System.nanoTime();
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
      times.served(since, now);
      double seconds = (now - since) / 1e9;
      if (seconds > LONG) {
        diary.print(device, seconds);
      }
    }
    since = nothingElseWaits ? 0 : now;
  }
}
