package dev.realtime.gateway.bus;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Sinks;

/**
 * What is wanted of a channel and what Redis has confirmed. The subscriptions guard it with their
 * lock.
 */
final class Channel {

  private int holders;

  /** Redis' last word, on this connection. */
  private boolean confirmed;

  /** Whether everybody who publishes there knows of the subscription. */
  private boolean greeted;

  /** What Redis was asked last and has not confirmed; null for nothing. */
  private @Nullable Command underWay;

  private long askedAt;

  /** Ends the wait for it to become active; null when nobody waits. */
  private Sinks.@Nullable Empty<Void> waiters;

  /** From when on somebody who holds it may have missed something; null for nothing. */
  private @Nullable Long missedSince;

  /** What Redis can be asked for. */
  enum Command {
    SUBSCRIBE,
    UNSUBSCRIBE
  }

  /** Those who have waited until the channel became active, and what they have missed. */
  record Settled(Sinks.@Nullable Empty<Void> waiters, @Nullable Long missedSince) {}

  void hold() {
    holders++;
  }

  /** Gives a hold back; true if it was the last one. */
  boolean release() {
    return --holders == 0;
  }

  boolean isHeld() {
    return holders > 0;
  }

  /** Whether what is published from now on arrives. */
  boolean isActive() {
    return confirmed && underWay == null && greeted;
  }

  /** Whether nothing is left to do or to remember. */
  boolean isOver() {
    return !isHeld() && !confirmed && underWay == null;
  }

  void missed(long since) {
    if (missedSince == null) {
      missedSince = since;
    }
  }

  Sinks.Empty<Void> await() {
    if (waiters == null) {
      waiters = Sinks.empty();
    }
    return waiters;
  }

  Sinks.@Nullable Empty<Void> waiters() {
    return waiters;
  }

  /** The waiters have waited long enough; false if they wait no more. */
  boolean giveUp(Sinks.Empty<Void> overdue, long since) {
    if (!overdue.equals(waiters)) {
      return false;
    }
    waiters = null;
    missed(since);
    return true;
  }

  /**
   * What makes Redis do what is wanted; null where it does, or is about to.
   *
   * @param again whether Redis has been asked too long ago
   */
  @Nullable Command due(boolean again) {
    Command wanted = isHeld() ? Command.SUBSCRIBE : Command.UNSUBSCRIBE;
    if (underWay != null) {
      return again ? wanted : null;
    }
    return isHeld() == confirmed ? null : wanted;
  }

  void asked(Command command, long now) {
    underWay = command;
    askedAt = now;
    greeted = false;
  }

  boolean isLate(long overdue) {
    return underWay != null && askedAt - overdue < 0;
  }

  /** The connection is up again, and the driver has asked for what was confirmed before. */
  void reconnected(long since, long now) {
    underWay = confirmed ? Command.SUBSCRIBE : null;
    confirmed = false;
    greeted = false;
    askedAt = now;
    if (isHeld()) {
      missed(since);
    }
  }

  /** Redis has confirmed a SUBSCRIBE; false if an UNSUBSCRIBE is on its way. */
  boolean subscribed() {
    confirmed = true;
    if (underWay == Command.UNSUBSCRIBE) {
      return false;
    }
    underWay = null;
    return true;
  }

  /** Redis has confirmed an UNSUBSCRIBE, whether or not one was sent. */
  void unsubscribed(long now) {
    confirmed = false;
    greeted = false;
    if (underWay == Command.UNSUBSCRIBE) {
      // Whoever has come since waits for the next subscription.
      underWay = null;
    } else if (isHeld()) {
      missed(now);
    }
  }

  /** The channel has become active, unless it has changed meanwhile. */
  @Nullable Settled settle() {
    if (!confirmed || underWay != null) {
      return null;
    }
    greeted = true;
    Settled settled = new Settled(waiters, isHeld() ? missedSince : null);
    waiters = null;
    missedSince = null;
    return settled;
  }
}
