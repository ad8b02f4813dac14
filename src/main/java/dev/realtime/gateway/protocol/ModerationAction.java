package dev.realtime.gateway.protocol;

import static dev.realtime.gateway.protocol.ModerationAction.Audience.CONCERNED;
import static dev.realtime.gateway.protocol.ModerationAction.Audience.EVERYBODY;
import static dev.realtime.gateway.protocol.ModerationAction.Subject.MESSAGE;
import static dev.realtime.gateway.protocol.ModerationAction.Subject.STREAM;
import static dev.realtime.gateway.protocol.ModerationAction.Subject.USER;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;

/** The actions of the host and moderators of a stream; section 5 of the protocol. */
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

  /** The object that an action names. */
  enum Subject {
    STREAM,
    USER,
    MESSAGE
  }

  /**
   * The recipients of an action: everyone in the stream, or only its moderators and the user
   * concerned.
   */
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

  /** Returns whether the action names a user. */
  public boolean isAboutUser() {
    return subject == USER;
  }

  /** Returns whether the action names a message. */
  public boolean isAboutMessage() {
    return subject == MESSAGE;
  }

  /** Returns whether the action may expire by itself, after a number of seconds. */
  public boolean isForAWhile() {
    return forAWhile;
  }

  /** Returns whether only the host may perform the action. */
  public boolean isHostOnly() {
    return hostOnly;
  }

  /**
   * Returns whether the action, which cleans up messages, is still possible after the stream's end.
   */
  public boolean isPossibleAfterTheEnd() {
    return afterTheEnd;
  }

  /** Returns whether everyone in the stream receives the action, not only the users it concerns. */
  public boolean isPublic() {
    return audience == EVERYBODY;
  }
}
