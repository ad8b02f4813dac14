package dev.realtime.gateway.load;

import java.util.concurrent.TimeUnit;

/** One publisher that speaks at fixed times, whatever the server does. */
final class OpenLoop implements Pacemaker {

  private final Client publisher;
  private final int number;
  private final DueTimes times;
  private final RunClock clock;
  private final long end;
  private long turn;

  /**
   * @param number which of all publishers it is
   */
  OpenLoop(Client publisher, int number, DueTimes times, RunClock clock, long end) {
    this.publisher = publisher;
    this.number = number;
    this.times = times;
    this.clock = clock;
    this.end = end;
  }

  @Override
  public void begin() {
    publisher.loop().execute(this::sayWhatIsDue);
  }

  private void sayWhatIsDue() {
    long due = times.due(number, turn);
    while (due < end && due <= clock.now()) {
      publisher.say(due);
      due = times.due(number, ++turn);
    }
    if (due < end) {
      long wait = Math.max(0, due - clock.now());
      var _ = publisher.loop().schedule(this::sayWhatIsDue, wait, TimeUnit.NANOSECONDS);
    }
  }
}
