package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import org.jspecify.annotations.Nullable;

/** Commands about live streams, section 5 of the protocol. */
public sealed interface LiveCommand extends Command {

  /**
   * Makes a stream with the caller as its host.
   *
   * @param endOnHostLoss whether the stream ends when the host has been gone for 30 s; absent for
   *     no
   * @param tempId makes it idempotent: unique for ever per caller
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

    /** One that makes another stream each time. */
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

  /** Says something to all who watch. */
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

  /** Shows a feeling to all who watch. */
  @JsonTypeName("live:reaction")
  record React(String streamId, String emoji) implements LiveCommand {
    public React {
      Ids.check("streamId", streamId);
      Checks.reaction("emoji", emoji);
    }
  }

  /** Starts or ends the stream; the host's word alone. */
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
   * Keeps order in a stream.
   *
   * @param userId whom it is about; for mute, unmute, ban, unban, purge and the two of moderators
   * @param messageId which message; for delete and pin
   * @param seconds for slow_mode the pause between two messages of one user, 0 to end it; for mute
   *     and ban how long, absent for ever
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

    /** The same without what its action has no use for: others are told of it. */
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
