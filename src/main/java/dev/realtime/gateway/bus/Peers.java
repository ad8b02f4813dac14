package dev.realtime.gateway.bus;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The other instances, known by their beats. After three missed beats an instance is silent: it has
 * died, or the bus no longer carries its messages. After a lease of silence it counts as dead.
 *
 * <p>The loop of the bus changes it; any thread may ask {@link #serving} and {@link #silent}. All
 * times are by {@link System#nanoTime}.
 */
final class Peers {

  /** The beats that an instance may miss. */
  static final int BEATS = 3;

  /** The silence after which an instance counts as dead: until then it may still have clients. */
  static final Duration LEASE = Duration.ofSeconds(15);

  private final Map<Long, Peer> peers = new ConcurrentHashMap<>();

  /**
   * An instance.
   *
   * @param beat its last beat
   * @param heardAt time of its last beat, or of a pause of the bus that excuses it
   * @param hearsSince time since when it should hear this instance
   * @param heardUsAt time of its last beat that named this instance; null for never
   */
  private record Peer(
      Beat beat, long heardAt, long hearsSince, @Nullable Long heardUsAt, boolean silent) {

    boolean isSilent(long now) {
      return now - heardAt > BEATS * beat.period().toNanos();
    }

    boolean hearsUs(long now) {
      long last = heardUsAt == null || heardUsAt - hearsSince < 0 ? hearsSince : heardUsAt;
      // One beat more than usual: its beat tells what it heard before.
      return now - last <= (BEATS + 1) * beat.period().toNanos();
    }

    Peer excused(long now) {
      return new Peer(beat, now, now, heardUsAt, false);
    }

    Peer fallenSilent() {
      return new Peer(beat, heardAt, hearsSince, heardUsAt, true);
    }
  }

  /**
   * Records a beat of another instance.
   *
   * @param self this instance
   * @return whether the other instance is new
   */
  boolean heard(long instance, Beat beat, long self, long now) {
    Peer before = peers.get(instance);
    boolean continues = before != null && !before.silent();
    long hearsSince = before != null && continues ? before.hearsSince() : now;
    Long heardUsAt = before == null ? null : before.heardUsAt();
    if (beat.heard().contains(self)) {
      heardUsAt = now;
    }
    peers.put(instance, new Peer(beat, now, hearsSince, heardUsAt, false));
    return before == null;
  }

  /** Removes an instance that announced its stop. */
  void gone(long instance) {
    peers.remove(instance);
  }

  /**
   * Restarts the lease of every instance after a time in which the bus carried no beats, since
   * their silence means nothing.
   */
  void excuse(long now) {
    peers.replaceAll((_, peer) -> peer.excused(now));
  }

  /**
   * Finds the instances that have fallen silent since the last call, and forgets those whose lease
   * has run out.
   *
   * @return time of the earliest last beat of those that have fallen silent; null if none has
   */
  @Nullable Long fallSilent(long now) {
    Long since = null;
    for (Map.Entry<Long, Peer> entry : peers.entrySet()) {
      Peer peer = entry.getValue();
      if (!peer.silent() && peer.isSilent(now)) {
        since = since == null || peer.heardAt() - since < 0 ? peer.heardAt() : since;
        entry.setValue(peer.fallenSilent());
      }
    }
    peers.values().removeIf(peer -> now - peer.heardAt() > LEASE.toNanos());
    return since;
  }

  /** Returns when the last beat of an instance came; null for an unknown instance. */
  @Nullable Long heardAt(long instance) {
    Peer peer = peers.get(instance);
    return peer == null ? null : peer.heardAt();
  }

  /** Returns the ids of the instances that serve and are not known to be dead; for any thread. */
  Set<Long> serving() {
    return ids(peer -> peer.beat().serves());
  }

  /** Returns the ids of the instances that are not silent. */
  Set<Long> audible() {
    return ids(peer -> !peer.silent());
  }

  private Set<Long> ids(Predicate<Peer> which) {
    return peers.entrySet().stream()
        .filter(entry -> which.test(entry.getValue()))
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  int silent() {
    return (int) peers.values().stream().filter(Peer::silent).count();
  }

  /**
   * Returns whether other instances are heard and none of them hears this one: what it publishes
   * goes to a Redis that does not pass it on, such as a replica that was the master.
   */
  boolean nobodyHearsUs(long now) {
    boolean anyHeard = false;
    for (Peer peer : peers.values()) {
      if (!peer.silent()) {
        if (peer.hearsUs(now)) {
          return false;
        }
        anyHeard = true;
      }
    }
    return anyHeard;
  }
}
