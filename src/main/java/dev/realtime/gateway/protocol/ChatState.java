package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.realtime.gateway.protocol.SessionReply.Outcome;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A chat as one of its members sees it: the reply to {@code chat:join}, an entry of {@code
 * chat:list}, and the push {@code chat:joined}.
 *
 * @param lastSeq number of the last message; 0 for none
 * @param lastRev number of the last change; live delivery starts after it
 * @param unread {@code lastSeq - readSeq}
 * @param members null in chats of more than 100 members, and in lists
 * @param lastMessage present in lists only; null when the chat has no message
 * @param outcome {@code snapshot} in a push that takes the place of changes the room has missed;
 *     null otherwise
 */
@JsonTypeName("chat:joined")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ChatState(
    String chatId,
    @Nullable ChatType type,
    @Nullable String title,
    @Nullable Encryption encryption,
    long lastSeq,
    @Nullable Long lastRev,
    @Nullable Long readSeq,
    @Nullable Long unread,
    @Nullable Integer memberCount,
    @Nullable List<Member> members,
    @Nullable Message lastMessage,
    @Nullable Outcome outcome)
    implements ChatEvent, Reply {

  /** Returns the short push that follows an ack, which has carried the rest of the state. */
  public static ChatState joined(String chatId, long lastSeq) {
    return new ChatState(
        chatId, null, null, null, lastSeq, null, null, null, null, null, null, null);
  }

  /**
   * Returns the push that takes the place of too many missed changes, up to this state. It is the
   * same for every member: the client reads the history anew.
   */
  public ChatState snapshot() {
    return new ChatState(
        chatId,
        type,
        title,
        encryption,
        lastSeq,
        lastRev,
        null,
        null,
        memberCount,
        members,
        null,
        Outcome.SNAPSHOT);
  }
}
