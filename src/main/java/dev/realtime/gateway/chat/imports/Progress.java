package dev.realtime.gateway.chat.imports;

import dev.realtime.gateway.protocol.ErrorCode;
import dev.realtime.gateway.protocol.GatewayException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * The last numbers of a chat whose row is locked.
 *
 * @param importedSeq the {@code seq} of the last message that was imported
 */
record Progress(long lastSeq, long lastRev, long importedSeq) {

  /** A message that the chat has already. */
  record Stored(UUID id, long seq, Instant createdAt) {}

  /** Returns the progress after this many more messages are imported. */
  Progress plus(int messages) {
    long seq = lastSeq + messages;
    return new Progress(seq, lastRev + messages, seq);
  }

  /**
   * Returns the messages that the chat does not have yet; they continue its history without a gap.
   *
   * @param messages the messages of a line, oldest first
   * @param stored those of {@code messages} that the chat has, and the chat's last message
   * @throws GatewayException {@code conflict} if a message would have to be inserted before one
   *     that the chat has
   */
  List<PastMessage> missing(List<PastMessage> messages, List<Stored> stored) {
    Map<UUID, Stored> byId =
        stored.stream().collect(Collectors.toMap(Stored::id, each -> each, (one, _) -> one));
    int known = 0;
    while (known < messages.size() && byId.containsKey(messages.get(known).id())) {
      known++;
    }
    List<PastMessage> missing = messages.subList(known, messages.size());
    if (!missing.isEmpty() && !continues(messages.subList(0, known), missing, byId)) {
      throw GatewayException.field(
          ErrorCode.CONFLICT,
          "messages",
          "Newer messages exist; these cannot be inserted before them.");
    }
    return missing;
  }

  private boolean continues(
      List<PastMessage> known, List<PastMessage> missing, Map<UUID, Stored> stored) {
    return lastSeq == importedSeq
        && missing.stream().noneMatch(message -> stored.containsKey(message.id()))
        && (known.isEmpty() || reachesLast(known, stored))
        && stored.values().stream()
            .filter(each -> each.seq() == lastSeq)
            .noneMatch(last -> last.createdAt().isAfter(missing.getFirst().createdAt()));
  }

  private boolean reachesLast(List<PastMessage> known, Map<UUID, Stored> stored) {
    return known.stream()
        .map(message -> stored.get(message.id()))
        .anyMatch(each -> each != null && each.seq() == lastSeq);
  }
}
