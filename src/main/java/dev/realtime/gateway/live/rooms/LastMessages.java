package dev.realtime.gateway.live.rooms;

import dev.realtime.gateway.protocol.LiveEvent.LiveMessage;
import dev.realtime.gateway.protocol.LiveEvent.Moderated;
import dev.realtime.gateway.protocol.ModerationAction;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The last messages of a stream in the order of their ids, which is that of time. Thread-safe. */
final class LastMessages {

  /** Of all together: everybody who joins is sent them. */
  static final int MOST_CHARACTERS = 32_000;

  private final int most;
  private final TreeMap<String, LiveMessage> messages = new TreeMap<>();
  // What was deleted while the memory was being read, which may not know yet; null afterwards.
  private @Nullable Set<String> deleted = new HashSet<>();

  LastMessages(int most) {
    this.most = most;
  }

  synchronized void add(LiveMessage message) {
    messages.put(message.id(), message);
    while (messages.size() > most || (messages.size() > 1 && length() > MOST_CHARACTERS)) {
      messages.pollFirstEntry();
    }
  }

  private int length() {
    return messages.values().stream().mapToInt(message -> message.content().length()).sum();
  }

  /** Adds what was stored before, once. */
  synchronized void remember(Collection<LiveMessage> stored) {
    Set<String> gone = deleted == null ? Set.of() : deleted;
    stored.stream()
        .filter(message -> !gone.contains(message.id()) && !gone.contains(message.userId()))
        .forEach(this::add);
    deleted = null;
  }

  synchronized void moderate(Moderated done) {
    if (done.action() == ModerationAction.DELETE && done.messageId() != null) {
      messages.remove(done.messageId());
      forget(done.messageId());
    } else if (done.action() == ModerationAction.PURGE && done.userId() != null) {
      messages.values().removeIf(message -> message.userId().equals(done.userId()));
      forget(done.userId());
    }
  }

  private void forget(String messageOrUser) {
    if (deleted != null) {
      deleted.add(messageOrUser);
    }
  }

  synchronized List<LiveMessage> list() {
    return List.copyOf(messages.values());
  }
}
