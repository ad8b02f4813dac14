package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import org.jspecify.annotations.Nullable;

/** Commands about live streams, section 5 of the protocol. */
public sealed interface LiveCommand extends Command {

  /** Enters the stream's room. */
  @JsonTypeName("live:join")
  @ShortForm("streamId")
  record JoinStream(String streamId) implements LiveCommand {
    public JoinStream {
      Checks.id("streamId", streamId);
    }
  }

  /** Leaves the stream's room. */
  @JsonTypeName("live:leave")
  @ShortForm("streamId")
  record LeaveStream(String streamId) implements LiveCommand {
    public LeaveStream {
      Checks.id("streamId", streamId);
    }
  }

  /** Says something to all who watch. */
  @JsonTypeName("live:message")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record SendLiveMessage(String streamId, String content, @Nullable String tempId)
      implements LiveCommand {
    public SendLiveMessage {
      Checks.id("streamId", streamId);
      Checks.body(content, null, false);
      Checks.optionalId("tempId", tempId);
    }
  }
}
