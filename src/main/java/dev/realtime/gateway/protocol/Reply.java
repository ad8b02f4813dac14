package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;

/** The data of an {@code ack}. */
public sealed interface Reply
    permits Reply.Done,
        SessionReply,
        ChatReply,
        SessionEvent.Welcome,
        ChatState,
        Message,
        LiveReply,
        NotificationReply,
        StreamState {

  /** The empty reply to a command that succeeded and returns no data. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Done() implements Reply {
    public static final Done DONE = new Done();
  }
}
