package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Pushes about live streams, section 5 of the protocol. */
public sealed interface LiveEvent extends Event
    permits StreamState,
        LiveEvent.LiveMessage,
        LiveEvent.ViewersCounted,
        LiveEvent.Reacted,
        LiveEvent.StatusChanged,
        LiveEvent.Moderated {

  /** A user sent a message to the stream. */
  @JsonTypeName("live:message")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record LiveMessage(
      String id,
      String streamId,
      String userId,
      String content,
      @Nullable String tempId,
      Instant createdAt)
      implements LiveEvent {

    @Override
    public Delivery delivery() {
      return new Delivery.Sampled();
    }
  }

  /** The number of viewers changed: it counts users, not connections, on all instances. */
  @JsonTypeName("live:viewer-count")
  record ViewersCounted(String streamId, long count) implements LiveEvent {

    @Override
    public Delivery delivery() {
      return new Delivery.Latest("live:viewer-count " + streamId);
    }
  }

  /**
   * Reactions of one kind that arrived within a moment.
   *
   * @param userIds some of the users who reacted; null for unknown
   */
  @JsonTypeName("live:reaction")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Reacted(String streamId, String emoji, @Nullable List<String> userIds, int count)
      implements LiveEvent, Countable {

    @Override
    public Delivery delivery() {
      return new Delivery.Counted("live:reaction " + streamId + ' ' + emoji, count);
    }

    @Override
    public Reacted withCount(int sum) {
      return new Reacted(streamId, emoji, userIds, sum);
    }
  }

  /** The stream has started or ended. */
  @JsonTypeName("live:status")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record StatusChanged(
      String streamId, StreamStatus status, @Nullable Instant startedAt, @Nullable Instant endedAt)
      implements LiveEvent {}

  /**
   * A host, moderator or the platform moderated the stream.
   *
   * @param message the message that was pinned; null for every other action
   * @param by id of the user who moderated; {@code platform} for the platform's backend
   */
  @JsonTypeName("live:moderate")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Moderated(
      String streamId,
      ModerationAction action,
      @Nullable String userId,
      @Nullable String messageId,
      @Nullable Integer seconds,
      @Nullable LiveMessage message,
      String by)
      implements LiveEvent {}
}
