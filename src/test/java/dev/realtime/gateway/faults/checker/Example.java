package dev.realtime.gateway.faults.checker;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A small chat of four messages, as it is stored. */
final class Example {

  private Example() {}

  /** What the frames of the faultless run add up to. */
  static SortedMap<Long, Copy> state() {
    SortedMap<Long, Copy> messages = new TreeMap<>();
    messages.put(1L, copy(1, "hi").reacted("x", 1));
    messages.put(2L, copy(2, null));
    messages.put(3L, copy(3, "ho"));
    messages.put(4L, copy(4, "hi"));
    return messages;
  }

  private static Copy copy(long seq, @Nullable String content) {
    return new Copy("m" + seq, "bob", content, new TreeMap<>());
  }

  static Stored.Chat stored(SortedMap<Long, Copy> messages, long seq, long rev) {
    Map<String, List<Long>> ids = new HashMap<>();
    messages.forEach((number, copy) -> ids.put(copy.id(), List.of(number)));
    return new Stored.Chat(seq, rev, messages, ids, Set.of(), new TreeMap<>(), Map.of("ann", 4L));
  }
}
