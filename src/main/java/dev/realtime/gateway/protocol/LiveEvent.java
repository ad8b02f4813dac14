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

  /** Somebody said something. */
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

  /** So many people watch: users, not connections, on all instances. */
  @JsonTypeName("live:viewer-count")
  record ViewersCounted(String streamId, long count) implements LiveEvent {

    @Override
    public Delivery delivery() {
      return new Delivery.Latest("live:viewer-count " + streamId);
    }
  }

  /**
   * So many reactions came in a moment.
   *
   * @param userIds some of those who reacted; null for unknown
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
   * Order has been kept.
   *
   * @param message what has been pinned; null for every other action
   * @param by who did it; {@code platform} for the platform's backend
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
