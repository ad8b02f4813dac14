package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import org.jspecify.annotations.Nullable;

/** Commands about live streams, section 5 of the protocol. */
public sealed interface LiveCommand extends Command {

  /**
   * Creates a stream with the caller as its host.
   *
   * @param endOnHostLoss whether the stream ends after 30 s without its host; absent means no
   * @param tempId the idempotency key: unique for ever per caller
   */
  @JsonTypeName("live:create")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record CreateStream(
      String title,
      @Nullable String playbackUrl,
      @Nullable Boolean endOnHostLoss,
      @Nullable String tempId)
      implements LiveCommand {
    public CreateStream {
      StreamPlan.checkTitle(title);
      StreamPlan.checkPlaybackUrl(playbackUrl);
      Checks.optionalId("tempId", tempId);
    }

    /** Returns a command without an idempotency key: it creates a new stream each time. */
    public CreateStream(
        String title, @Nullable String playbackUrl, @Nullable Boolean endOnHostLoss) {
      this(title, playbackUrl, endOnHostLoss, null);
    }
  }

  /** Enters the stream's room. */
  @JsonTypeName("live:join")
  @ShortForm("streamId")
  record JoinStream(String streamId) implements LiveCommand {
    public JoinStream {
      Ids.check("streamId", streamId);
    }
  }

  /** Leaves the stream's room. */
  @JsonTypeName("live:leave")
  @ShortForm("streamId")
  record LeaveStream(String streamId) implements LiveCommand {
    public LeaveStream {
      Ids.check("streamId", streamId);
    }
  }

  /** Sends a message to all viewers. */
  @JsonTypeName("live:message")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record SendLiveMessage(String streamId, String content, @Nullable String tempId)
      implements LiveCommand {
    public SendLiveMessage {
      Ids.check("streamId", streamId);
      Checks.body(content, null, false);
      Checks.optionalId("tempId", tempId);
    }
  }

  /** Sends a reaction to all viewers. */
  @JsonTypeName("live:reaction")
  record React(String streamId, String emoji) implements LiveCommand {
    public React {
      Ids.check("streamId", streamId);
      Checks.reaction("emoji", emoji);
    }
  }

  /** Starts or ends the stream; only the host may send it. */
  @JsonTypeName("live:status")
  record SetStatus(String streamId, StreamStatus status) implements LiveCommand {
    public SetStatus {
      Ids.check("streamId", streamId);
      if (Checks.required("status", status) == StreamStatus.CREATED) {
        throw GatewayException.badRequest("status", "status must be started or ended.");
      }
    }
  }

  /**
   * Moderates a stream.
   *
   * @param userId the user concerned; for mute, unmute, ban, unban, purge, add_moderator and
   *     remove_moderator
   * @param messageId the message concerned; for delete and pin
   * @param seconds for slow_mode the minimum interval between two messages of one user, 0 to end
   *     it; for mute and ban the duration, absent for ever
   */
  @JsonTypeName("live:moderate")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Moderate(
      String streamId,
      ModerationAction action,
      @Nullable String userId,
      @Nullable String messageId,
      @Nullable Integer seconds)
      implements LiveCommand {

    private static final int LONGEST_PAUSE = 3_600;
    private static final int YEAR = 365 * 24 * 3_600;

    public Moderate {
      Ids.check("streamId", streamId);
      Checks.required("action", action);
      if (action.isAboutUser()) {
        Ids.check("userId", userId);
      }
      if (action.isAboutMessage()) {
        messageId = Checks.ownId("messageId", messageId);
      }
      if (action == ModerationAction.SLOW_MODE) {
        Checks.between("seconds", Checks.required("seconds", seconds), 0, LONGEST_PAUSE);
      } else if (seconds != null) {
        Checks.between("seconds", seconds, 1, YEAR);
      }
    }

    /**
     * Returns this command without the fields that its action does not use, since other users see
     * it.
     */
    public Moderate withoutSurplus() {
      boolean lasts = action == ModerationAction.SLOW_MODE || action.isForAWhile();
      return new Moderate(
          streamId,
          action,
          action.isAboutUser() ? userId : null,
          action.isAboutMessage() ? messageId : null,
          lasts ? seconds : null);
    }
  }
}
