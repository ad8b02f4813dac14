package dev.realtime.gateway.bus;

import java.util.LinkedHashMap;
import java.util.Map;

/** A bounded map that removes the least recently used entry. */
final class RecentlyUsed<K, V> extends LinkedHashMap<K, V> {

  private static final long serialVersionUID = 1;

  private final int bound;

  RecentlyUsed(int bound) {
    super(4, 0.75f, true);
    this.bound = bound;
  }

  @Override
  protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
    return size() > bound;
  }
}
