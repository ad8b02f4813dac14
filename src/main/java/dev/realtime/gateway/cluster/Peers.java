package dev.realtime.gateway.cluster;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * The other instances, known by the signs of life they give. One that is silent for a lease has
 * died; one that lost the bus for less than that is still awaited.
 *
 * <p>Thread-safe.
 */
final class Peers {

  /** After how long a silence an instance is taken to be gone: three signs of life missed. */
  static final Duration LEASE = Duration.ofSeconds(15);

  private final Map<String, Long> lastHeard = new ConcurrentHashMap<>();
  private final LongSupplier nanoTime;

  Peers(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** It is alive; true if it was not known before. */
  boolean heard(String instanceId) {
    return lastHeard.put(instanceId, nanoTime.getAsLong()) == null;
  }

  /** It has said that it ends. */
  void gone(String instanceId) {
    lastHeard.remove(instanceId);
  }

  /** Nobody could be heard: their silence so far does not count. */
  void excuse() {
    long now = nanoTime.getAsLong();
    lastHeard.replaceAll((_, _) -> now);
  }

  /** Forgets those whose lease has run out. */
  void forgetSilent() {
    long now = nanoTime.getAsLong();
    lastHeard.values().removeIf(heard -> now - heard > LEASE.toNanos());
  }

  Set<String> known() {
    return Set.copyOf(lastHeard.keySet());
  }
}
