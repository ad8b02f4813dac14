package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The replies to {@link SessionCommand}s. */
public sealed interface SessionReply extends Reply {

  /** The reply to {@code session:ping}. */
  record Pong(Instant serverTime) implements SessionReply {}

  /**
   * The reply to {@code session:resume}: the outcome for each thing that the resume named.
   *
   * @param streams absent if the resume named none
   * @param notifications absent if the resume named no notification
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Resumed(
      Map<String, ResumedChat> chats,
      @Nullable Map<String, ResumedStream> streams,
      @Nullable ResumedNotifications notifications)
      implements SessionReply {

    /** The reply to a resume that named nothing. */
    public static final Resumed NOTHING = new Resumed(Map.of(), null, null);

    /** Returns this reply with the outcomes of the chats. */
    public Resumed withChats(Map<String, ResumedChat> resumed) {
      return new Resumed(resumed, streams, notifications);
    }

    /** Returns this reply with the outcomes of the streams. */
    public Resumed withStreams(Map<String, ResumedStream> resumed) {
      return new Resumed(chats, resumed, notifications);
    }

    /** Returns this reply with the outcome of the notifications. */
    public Resumed withNotifications(ResumedNotifications resumed) {
      return new Resumed(chats, streams, resumed);
    }
  }

  /**
   * The notifications in the reply to a resume.
   *
   * @param outcome {@code recovered}, {@code snapshot} or {@code unavailable}
   */
  record ResumedNotifications(Outcome outcome, long unread) {}

  /** The outcome of a resume for one thing that it named. */
  enum Outcome {
    /** The gateway replays the missed changes, and then delivers newer ones. */
    RECOVERED,
    /**
     * The client missed too much: the gateway replays nothing, and live delivery starts after
     * {@code lastSeq}.
     */
    SNAPSHOT,
    /** The caller is not a member, or the chat does not exist. */
    FORBIDDEN,
    /** The connection is in the stream again, from now on. */
    JOINED,
    /** The stream has ended; the client may still join it to read. */
    ENDED,
    /** The caller is banned from the stream. */
    BANNED,
    /** The stream does not exist. */
    NOT_FOUND,
    /** The resume of this thing failed for the moment; the client may try again. */
    UNAVAILABLE;

    @JsonValue
    String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * One chat in the reply to a resume. All fields but the outcome are absent if the caller may not
   * see the chat.
   *
   * @param title the present title; absent for none
   * @param changes {@code false} when edits, deletions and reactions of older messages are not
   *     replayed because the position had no {@code rev}; absent otherwise
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record ResumedChat(
      Outcome outcome,
      @Nullable Long lastSeq,
      @Nullable Long lastRev,
      @Nullable Long readSeq,
      @Nullable Long unread,
      @Nullable List<Member> members,
      @Nullable String title,
      @Nullable Boolean changes) {

    /** Returns the entry of a chat that was not resumed. */
    public static ResumedChat refused(Outcome outcome) {
      return new ResumedChat(outcome, null, null, null, null, null, null, null);
    }
  }

  /**
   * One stream in the reply to a resume, as in the reply to {@code live:join}; only the outcome is
   * present if the connection did not join.
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record ResumedStream(
      Outcome outcome,
      @Nullable StreamStatus status,
      @Nullable String title,
      @Nullable String hostId,
      @Nullable String playbackUrl,
      @Nullable Long viewerCount,
      @Nullable Integer slowMode,
      LiveEvent.@Nullable LiveMessage pinned,
      @Nullable List<EncodedMessage> recent) {

    /** Returns the entry of a stream that was not joined. */
    public static ResumedStream refused(Outcome outcome) {
      return new ResumedStream(outcome, null, null, null, null, null, null, null, null);
    }
  }
}
