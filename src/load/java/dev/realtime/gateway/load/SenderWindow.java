package dev.realtime.gateway.load;

import dev.realtime.gateway.load.setting.Settings;
import java.util.concurrent.TimeUnit;

/** Keeps a number of messages of one publisher unanswered: the next leaves after an answer. */
final class SenderWindow implements Pacemaker {

  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(5);

  private final Client publisher;
  private final int window;
  private final ThinkTime thinkTime;
  private final RunClock clock;
  private final long end;
  private long lastAnswer;

  SenderWindow(
      Client publisher, Settings.Pace pace, ThinkTime thinkTime, RunClock clock, long end) {
    this.publisher = publisher;
    this.window = pace.window();
    this.thinkTime = thinkTime;
    this.clock = clock;
    this.end = end;
  }

  @Override
  public void begin() {
    publisher.loop().execute(this::fill);
  }

  private void fill() {
    lastAnswer = clock.now();
    publisher.whenAnswered(this::answered);
    for (int i = 0; i < window; i++) {
      sayNext();
    }
  }

  private void answered() {
    lastAnswer = clock.now();
    thinkTime.then(publisher.loop(), this::sayNext);
  }

  private void sayNext() {
    if (clock.now() < end) {
      publisher.say(clock.now());
    }
  }

  @Override
  public void tick() {
    publisher.loop().execute(this::giveUpWhatIsLate);
  }

  private void giveUpWhatIsLate() {
    if (publisher.unanswered() >= window && clock.now() - lastAnswer > PATIENCE) {
      lastAnswer = clock.now();
      publisher.stalled();
      sayNext();
    }
  }
}
