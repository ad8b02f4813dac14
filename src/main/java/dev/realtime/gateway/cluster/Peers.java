package dev.realtime.gateway.cluster;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * The other instances, known by their signs of life. An instance that is silent for a lease has
 * died; the cluster still waits for one that lost the bus for less than that.
 *
 * <p>Thread-safe.
 */
final class Peers {

  /** The silence after which an instance counts as dead: three missed signs of life. */
  static final Duration LEASE = Duration.ofSeconds(15);

  private final Map<String, Long> lastHeard = new ConcurrentHashMap<>();
  private final LongSupplier nanoTime;

  Peers(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Records a sign of life; returns true for a new instance. */
  boolean heard(String instanceId) {
    return lastHeard.put(instanceId, nanoTime.getAsLong()) == null;
  }

  /** Removes an instance that announced its stop. */
  void gone(String instanceId) {
    lastHeard.remove(instanceId);
  }

  /**
   * Restarts the lease of every instance, after a time in which the bus delivered no signs of life.
   */
  void excuse() {
    long now = nanoTime.getAsLong();
    lastHeard.replaceAll((_, _) -> now);
  }

  /** Removes the instances whose lease has run out. */
  void forgetSilent() {
    long now = nanoTime.getAsLong();
    lastHeard.values().removeIf(heard -> now - heard > LEASE.toNanos());
  }

  Set<String> known() {
    return Set.copyOf(lastHeard.keySet());
  }
}
