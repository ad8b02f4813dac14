package dev.realtime.gateway.bus;

import dev.realtime.gateway.bus.BusMessage.Kind;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import reactor.core.Disposable;

/**
 * The beats of all instances: they prove that the bus carries messages from each instance to each,
 * and reveal the messages that it has lost. Every instance publishes one per period to all
 * instances, and with it the number of its last recorded message on each channel. Confined to the
 * loop of the bus, except where methods are marked for any thread.
 */
final class Beats implements RoomBus.Instances {

  private static final Logger log = LoggerFactory.getLogger(Beats.class);

  private static final byte[] NOTHING = {};
  private static final String DEGRADED = "DEGRADED";

  /** Periods between two attempts to be heard through another publishing connection. */
  private static final int ATTEMPT = 10;

  private final RedisPublisher publisher;
  private final BeatWatch watch;
  private final Duration period;
  private final EventLoop loop;
  private final Rooms rooms;
  private final BusCounts counts;
  private final Peers peers = new Peers();
  private final Future<?> ticks;
  private volatile boolean serves;
  private volatile boolean stopped;
  private volatile boolean nobodyHearsUs;
  // Far enough in the past that the first attempt is made at once.
  private long attemptedAt = System.nanoTime() - Duration.ofHours(1).toNanos();

  /** The rooms of this instance. */
  interface Rooms {

    /**
     * Returns whether this instance listens to a channel and lacks this message, or a later one of
     * the same sender, there.
     */
    boolean lacks(String channel, long instance, long number);

    /**
     * Reports that a room may have missed messages.
     *
     * @param since start of the possible gap; by {@link System#nanoTime}
     */
    void interrupted(String channel, long since);

    /** Reports that every room may have missed messages. */
    void allInterrupted(long since);
  }

  /** Begins to beat. */
  Beats(RedisPublisher publisher, BeatWatch watch, Duration period, EventLoop loop, Rooms rooms) {
    this.publisher = publisher;
    this.watch = watch;
    this.period = period;
    this.loop = loop;
    this.rooms = rooms;
    this.counts = publisher.counts();
    this.ticks =
        loop.scheduleAtFixedRate(
            this::tick, period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void tick() {
    long now = System.nanoTime();
    if (watch.check(now)) {
      counts.beatsMissed.increment();
    }
    if (watch.isHeard(now)) {
      lookForSilentPeers(now);
    } else {
      // The others cannot be heard either.
      peers.excuse(now);
      nobodyHearsUs = false;
    }
    if (beat()) {
      watch.sent();
    }
  }

  private void lookForSilentPeers(long now) {
    Long since = peers.fallSilent(now);
    if (since != null) {
      log.warn(
          "An instance of the gateway is silent; comparing all rooms, as it may have stored changes"
              + " that it did not publish");
      counts.silences.increment();
      rooms.allInterrupted(since);
    }
    nobodyHearsUs = peers.nobodyHearsUs(now);
    if (nobodyHearsUs && now - attemptedAt > ATTEMPT * period.toNanos()) {
      attemptedAt = now;
      watch.replacePublishing("reaches no other instance");
    }
  }

  /** Publishes a beat, and before it the report of what this instance has sent. */
  private boolean beat() {
    if (stopped) {
      return false;
    }
    Beat beat = new Beat(System.nanoTime(), period, serves, peers.audible());
    return publisher.beat(beat.toBytes());
  }

  /** Handles a beat of this instance that came back. */
  void echoed(BusMessage message) {
    long now = System.nanoTime();
    counts.beatCameBack(Duration.ofNanos(now - Beat.read(message.payload()).sentAt()));
    long before = watch.heardAt();
    if (watch.heard(now)) {
      rooms.allInterrupted(before);
    }
  }

  /** Handles a beat of another instance. */
  void heard(BusMessage message) {
    Beat beat = Beat.read(message.payload());
    if (peers.heard(message.instance(), beat, publisher.instance(), System.nanoTime())) {
      // It need not wait for the next tick to know this instance.
      var _ = beat();
    }
  }

  /** Handles the report of another instance of what it has sent. */
  void reported(BusMessage message) {
    Long heardAt = peers.heardAt(message.instance());
    long since = heardAt == null ? System.nanoTime() - Peers.BEATS * period.toNanos() : heardAt;
    boolean[] lacking = {false};
    SentMessages.read(
        message.payload(),
        (channel, number) -> {
          if (rooms.lacks(channel, message.instance(), number)) {
            lacking[0] = true;
            rooms.interrupted(channel, since);
          }
        });
    if (lacking[0]) {
      counts.reportsWithGaps.increment();
    }
  }

  void gone(BusMessage message) {
    peers.gone(message.instance());
  }

  /** Handles a reconnect of the listening connection; every room is told by its subscription. */
  void reconnected() {
    watch.reconnected();
    peers.excuse(System.nanoTime());
  }

  @Override
  public String self() {
    return Long.toHexString(publisher.instance());
  }

  @Override
  public Set<String> others() {
    return peers.serving().stream().map(Long::toHexString).collect(Collectors.toSet());
  }

  /**
   * Returns the state of the bus, for any thread: degraded while the beats of this instance do not
   * come back, or come back but reach none of the instances that it hears. The instance serves its
   * clients meanwhile; what is published on other instances reaches them late.
   */
  Health health() {
    long now = System.nanoTime();
    Status status = Status.UP;
    if (!watch.isHeard(now)) {
      status = new Status(DEGRADED, "This instance's messages do not come back from Redis");
    } else if (nobodyHearsUs) {
      status = new Status(DEGRADED, "No other instance hears this one, though it hears them");
    }
    return Health.status(status)
        .withDetail("lastBeatMillisAgo", TimeUnit.NANOSECONDS.toMillis(now - watch.heardAt()))
        .withDetail("instances", peers.serving().size() + 1)
        .withDetail("silentInstances", peers.silent())
        .build();
  }

  @Override
  public Disposable announce() {
    serves = true;
    loop.execute(this::beat);
    return () -> {
      stop();
      publisher.publish(RedisPublisher.INSTANCES, Kind.GONE, NOTHING);
    };
  }

  void stop() {
    stopped = true;
    ticks.cancel(false);
  }
}
