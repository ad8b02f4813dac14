package dev.realtime.gateway.store;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

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

  /**
   * Returns where the next page begins; null on the last page.
   *
   * @param position the text of an item's place in the list
   */
  public @Nullable String cursor(Function<? super T, String> position) {
    return hasMore ? position.apply(items.getLast()) : null;
  }
}
