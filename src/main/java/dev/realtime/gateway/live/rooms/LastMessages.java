package dev.realtime.gateway.live.rooms;

import dev.realtime.gateway.protocol.EncodedMessage;
import dev.realtime.gateway.protocol.LiveEvent.LiveMessage;
import dev.realtime.gateway.protocol.LiveEvent.Moderated;
import dev.realtime.gateway.protocol.ModerationAction;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The latest messages of a stream in the order of their ids, which is the order of time. A busy
 * stream has many messages between two joins, so a message is decoded only when a caller reads the
 * list; and it may have many joins between two messages, so each is then encoded once for all
 * replies. Thread-safe.
 */
final class LastMessages {

  /** Upper bound of all contents together, since every reply to a join carries them. */
  static final int MOST_CHARACTERS = 32_000;

  /** Encoded messages beyond this many bytes are decoded, which drops those that are too many. */
  private static final int MOST_ENCODED_BYTES = 128 * 1024;

  /**
   * A message of the list.
   *
   * @param length characters of its content
   */
  private record Entry(String userId, int length, EncodedMessage message) {}

  private final int most;
  private final Function<byte[], LiveMessage> decoder;
  private final TreeMap<String, Entry> messages = new TreeMap<>();
  private int length;
  // Not decoded yet, the oldest first; at most as many as the list has.
  private final Deque<byte[]> encoded = new ArrayDeque<>();
  private int encodedBytes;
  // Ids deleted while the database is being read, which may not know them yet; null afterwards.
  private @Nullable Set<String> deleted = new HashSet<>();

  /**
   * @param most how many messages the list has at most
   * @param decoder reads a message from its envelope
   */
  LastMessages(int most, Function<byte[], LiveMessage> decoder) {
    this.most = most;
    this.decoder = decoder;
  }

  /** Adds a message by its envelope, which is decoded if the message is asked for. */
  synchronized void add(byte[] envelope) {
    encoded.add(envelope);
    encodedBytes += envelope.length;
    if (encoded.size() > most) {
      encodedBytes -= encoded.remove().length;
    }
    if (encodedBytes > MOST_ENCODED_BYTES) {
      decode();
    }
  }

  private void decode() {
    encodedBytes = 0;
    for (byte[] next = encoded.poll(); next != null; next = encoded.poll()) {
      add(decoder.apply(next));
    }
  }

  private void add(LiveMessage message) {
    remove(message.id());
    int characters = message.content().length();
    messages.put(message.id(), new Entry(message.userId(), characters, EncodedMessage.of(message)));
    length += characters;
    while (messages.size() > most || (messages.size() > 1 && length > MOST_CHARACTERS)) {
      remove(messages.firstKey());
    }
  }

  private void remove(String id) {
    Entry removed = messages.remove(id);
    length -= removed == null ? 0 : removed.length();
  }

  /** Adds the stored messages, once, except those deleted while the database was being read. */
  synchronized void remember(Collection<LiveMessage> stored) {
    Set<String> gone = deleted == null ? Set.of() : deleted;
    stored.stream()
        .filter(message -> !gone.contains(message.id()) && !gone.contains(message.userId()))
        .forEach(this::add);
    deleted = null;
  }

  synchronized void moderate(Moderated done) {
    decode();
    if (done.action() == ModerationAction.DELETE && done.messageId() != null) {
      remove(done.messageId());
      forget(done.messageId());
    } else if (done.action() == ModerationAction.PURGE && done.userId() != null) {
      messages.entrySet().stream()
          .filter(entry -> entry.getValue().userId().equals(done.userId()))
          .map(Map.Entry::getKey)
          .toList()
          .forEach(this::remove);
      forget(done.userId());
    }
  }

  private void forget(String messageOrUser) {
    if (deleted != null) {
      deleted.add(messageOrUser);
    }
  }

  synchronized List<EncodedMessage> list() {
    decode();
    return messages.values().stream().map(Entry::message).toList();
  }
}
