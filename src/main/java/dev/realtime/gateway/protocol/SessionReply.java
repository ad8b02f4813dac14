package dev.realtime.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@link SessionCommand}s are answered with. */
public sealed interface SessionReply extends Reply {

  /** The answer to {@code session:ping}. */
  record Pong(Instant serverTime) implements SessionReply {}

  /**
   * The answer to {@code session:resume}: what became of each thing it named.
   *
   * @param streams absent where the resume named none
   * @param notifications absent where the resume named no notification
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Resumed(
      Map<String, ResumedChat> chats,
      @Nullable Map<String, ResumedStream> streams,
      @Nullable ResumedNotifications notifications)
      implements SessionReply {

    /** The answer to a resume that named nothing. */
    public static final Resumed NOTHING = new Resumed(Map.of(), null, null);

    /** Adds what became of the chats. */
    public Resumed withChats(Map<String, ResumedChat> resumed) {
      return new Resumed(resumed, streams, notifications);
    }

    /** Adds what became of the streams. */
    public Resumed withStreams(Map<String, ResumedStream> resumed) {
      return new Resumed(chats, resumed, notifications);
    }

    /** Adds what became of the notifications. */
    public Resumed withNotifications(ResumedNotifications resumed) {
      return new Resumed(chats, streams, resumed);
    }
  }

  /**
   * The notifications of a resume.
   *
   * @param outcome {@code recovered} or {@code snapshot}
   */
  record ResumedNotifications(Outcome outcome, long unread) {}

  /** What a resume did for one thing it named. */
  enum Outcome {
    /** What was missed follows, then what is newer. */
    RECOVERED,
    /** Too much was missed: nothing is replayed, live delivery starts after {@code lastSeq}. */
    SNAPSHOT,
    /** Not a member, or no such chat. */
    FORBIDDEN,
    /** In the stream again, from now on. */
    JOINED,
    /** The stream is over; one may still join it to read. */
    ENDED,
    /** Put out of the stream. */
    BANNED,
    /** No such stream. */
    NOT_FOUND,
    /** Not now; ask again. */
    UNAVAILABLE;

    @JsonValue
    String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * One chat of a resume. All but the outcome are absent when the chat is not open to the caller.
   *
   * @param title as it is now; absent for none
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

    /** A chat that was not resumed. */
    public static ResumedChat refused(Outcome outcome) {
      return new ResumedChat(outcome, null, null, null, null, null, null, null);
    }
  }

  /** One stream of a resume: as the answer to {@code live:join}; else nothing but the outcome. */
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
      @Nullable List<LiveEvent.LiveMessage> recent) {

    /** A stream that was not joined. */
    public static ResumedStream refused(Outcome outcome) {
      return new ResumedStream(outcome, null, null, null, null, null, null, null, null);
    }
  }
}
