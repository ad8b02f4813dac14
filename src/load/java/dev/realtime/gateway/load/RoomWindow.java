package dev.realtime.gateway.load;

import dev.realtime.gateway.load.setting.Settings;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps a number of messages under way in one room: the next leaves when one has reached every
 * member. Its publishers take turns.
 */
final class RoomWindow implements Pacemaker {

  private final LoadRoom room;
  private final List<Client> publishers;
  private final int window;
  private final ThinkTime thinkTime;
  private final RunClock clock;
  private final long members;
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong arrived = new AtomicLong();
  private final AtomicInteger turn = new AtomicInteger();
  private long lastSeen = -1;

  RoomWindow(
      LoadRoom room,
      List<Client> publishers,
      Settings.Pace pace,
      ThinkTime thinkTime,
      RunClock clock) {
    this.room = room;
    this.publishers = publishers;
    this.window = pace.window();
    this.thinkTime = thinkTime;
    this.clock = clock;
    this.members = room.members();
  }

  @Override
  public void begin() {
    room.window(this);
    publishers.getFirst().loop().execute(this::fill);
  }

  void delivered() {
    if (arrived.incrementAndGet() % members == 0) {
      refillLater();
    }
  }

  void refused() {
    arrived.addAndGet(members);
    refillLater();
  }

  private void refillLater() {
    var loop = publishers.getFirst().loop();
    if (loop.inEventLoop()) {
      thinkTime.then(loop, this::fill);
    } else {
      loop.execute(() -> thinkTime.then(loop, this::fill));
    }
  }

  private void fill() {
    while (clock.now() < clock.measuredTo() && takeOne()) {
      Client next = publishers.get(Math.floorMod(turn.getAndIncrement(), publishers.size()));
      next.loop().execute(() -> next.say(clock.now()));
    }
  }

  private boolean takeOne() {
    long before = sent.get();
    boolean open = (before + 1) * members - arrived.get() <= window * members;
    return open && sent.compareAndSet(before, before + 1);
  }

  /** What was under way a second ago and has not moved since is given up. */
  @Override
  public void tick() {
    long now = arrived.get();
    long missing = sent.get() * members - now;
    if (missing > 0 && now == lastSeen) {
      Client first = publishers.getFirst();
      first.loop().execute(() -> first.stalled());
      arrived.addAndGet(missing);
      refillLater();
    }
    lastSeen = now;
  }
}
