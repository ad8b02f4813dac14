package dev.realtime.gateway.store;

import java.util.List;
import java.util.function.Function;
import java.util.function.ToIntFunction;
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
   * Returns the page up to the item that would exceed so many bytes. The first item stays whatever
   * it has, so that the next page begins later.
   *
   * @param size bytes of an item
   */
  public Page<T> within(int bytes, ToIntFunction<? super T> size) {
    int left = bytes;
    for (int shown = 0; shown < items.size(); shown++) {
      left -= size.applyAsInt(items.get(shown));
      if (left < 0 && shown > 0) {
        return new Page<>(items.subList(0, shown), true);
      }
    }
    return this;
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
