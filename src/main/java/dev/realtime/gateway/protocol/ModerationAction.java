package dev.realtime.gateway.protocol;

import static dev.realtime.gateway.protocol.ModerationAction.Audience.CONCERNED;
import static dev.realtime.gateway.protocol.ModerationAction.Audience.EVERYBODY;
import static dev.realtime.gateway.protocol.ModerationAction.Subject.MESSAGE;
import static dev.realtime.gateway.protocol.ModerationAction.Subject.STREAM;
import static dev.realtime.gateway.protocol.ModerationAction.Subject.USER;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;

/** What the host and moderators of a stream can do; section 5 of the protocol. */
public enum ModerationAction {
  SLOW_MODE(STREAM, EVERYBODY),
  MUTE(USER, CONCERNED, Trait.FOR_A_WHILE),
  UNMUTE(USER, CONCERNED),
  BAN(USER, CONCERNED, Trait.FOR_A_WHILE),
  UNBAN(USER, CONCERNED),
  DELETE(MESSAGE, EVERYBODY, Trait.AFTER_THE_END),
  PURGE(USER, EVERYBODY, Trait.AFTER_THE_END),
  PIN(MESSAGE, EVERYBODY),
  UNPIN(STREAM, EVERYBODY),
  ADD_MODERATOR(USER, CONCERNED, Trait.HOST_ONLY),
  REMOVE_MODERATOR(USER, CONCERNED, Trait.HOST_ONLY);

  /** What an action names. */
  enum Subject {
    STREAM,
    USER,
    MESSAGE
  }

  /** Who hears of an action: all in the stream, or only its moderators and the user it is about. */
  enum Audience {
    EVERYBODY,
    CONCERNED
  }

  private enum Trait {
    FOR_A_WHILE,
    HOST_ONLY,
    AFTER_THE_END
  }

  private final Subject subject;
  private final Audience audience;
  private final boolean forAWhile;
  private final boolean hostOnly;
  private final boolean afterTheEnd;

  ModerationAction(Subject subject, Audience audience, Trait... traits) {
    this.subject = subject;
    this.audience = audience;
    List<Trait> all = List.of(traits);
    this.forAWhile = all.contains(Trait.FOR_A_WHILE);
    this.hostOnly = all.contains(Trait.HOST_ONLY);
    this.afterTheEnd = all.contains(Trait.AFTER_THE_END);
  }

  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether the action names a user. */
  public boolean isAboutUser() {
    return subject == USER;
  }

  /** Whether the action names a message. */
  public boolean isAboutMessage() {
    return subject == MESSAGE;
  }

  /** Whether the action may end by itself, after a number of seconds. */
  public boolean isForAWhile() {
    return forAWhile;
  }

  /** Whether only the host may take the action. */
  public boolean isHostOnly() {
    return hostOnly;
  }

  /** Whether the action is still possible when the stream has ended: it cleans up messages. */
  public boolean isPossibleAfterTheEnd() {
    return afterTheEnd;
  }

  /** Whether everybody in the stream hears of the action, not only those it concerns. */
  public boolean isPublic() {
    return audience == EVERYBODY;
  }
}
