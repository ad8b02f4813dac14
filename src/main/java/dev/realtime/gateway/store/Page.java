package dev.realtime.gateway.store;

import java.util.List;

/**
 * A part of a list: what was asked for, and whether the list goes on after it. One item more than
 * the limit is read to know that.
 */
public record Page<T>(List<T> items, boolean hasMore) {

  /**
   * Cuts what was found to a page.
   *
   * @param found up to one item more than the limit
   */
  public static <T> Page<T> of(List<T> found, int limit) {
    boolean more = found.size() > limit;
    return new Page<>(more ? found.subList(0, limit) : found, more);
  }
}
