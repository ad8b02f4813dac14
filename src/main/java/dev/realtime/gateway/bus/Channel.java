package dev.realtime.gateway.bus;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Sinks;

/**
 * The desired state of a channel and the state that Redis has confirmed. The subscriptions guard it
 * with their lock.
 */
final class Channel {

  private int holders;

  /** Whether Redis' latest confirmation on this connection was of a SUBSCRIBE. */
  private boolean confirmed;

  /** Whether every publisher on the channel knows of the subscription. */
  private boolean greeted;

  /** The last command to Redis that is still unconfirmed; null for none. */
  private @Nullable Command underWay;

  private long askedAt;

  /** Ends the wait for the channel to become active; null when no holder waits. */
  private Sinks.@Nullable Empty<Void> waiters;

  /** Time since when a holder may have missed messages; null for never. */
  private @Nullable Long missedSince;

  /** The commands to Redis. */
  enum Command {
    SUBSCRIBE,
    UNSUBSCRIBE
  }

  /** The holders that waited until the channel became active, and the start of their gap. */
  record Settled(Sinks.@Nullable Empty<Void> waiters, @Nullable Long missedSince) {}

  void hold() {
    holders++;
  }

  /** Releases one hold; returns whether it was the last one. */
  boolean release() {
    return --holders == 0;
  }

  boolean isHeld() {
    return holders > 0;
  }

  /** Returns whether messages published from now on arrive. */
  boolean isActive() {
    return confirmed && underWay == null && greeted;
  }

  /** Returns whether the channel has no holder, no confirmation and no command under way. */
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

  /** Stops the wait of holders that waited too long; returns false if they no longer wait. */
  boolean giveUp(Sinks.Empty<Void> overdue, long since) {
    if (!overdue.equals(waiters)) {
      return false;
    }
    waiters = null;
    missed(since);
    return true;
  }

  /**
   * Returns the command that moves Redis to the desired state; null if none is needed, or one is
   * under way.
   *
   * @param again whether the last command has been unconfirmed for too long
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

  /** Resets the state after a reconnect; the driver has resubscribed all confirmed channels. */
  void reconnected(long since, long now) {
    underWay = confirmed ? Command.SUBSCRIBE : null;
    confirmed = false;
    greeted = false;
    askedAt = now;
    if (isHeld()) {
      missed(since);
    }
  }

  /** Records a confirmed SUBSCRIBE; returns false if an UNSUBSCRIBE is under way. */
  boolean subscribed() {
    confirmed = true;
    if (underWay == Command.UNSUBSCRIBE) {
      return false;
    }
    underWay = null;
    return true;
  }

  /** Records a confirmed UNSUBSCRIBE, whether or not this instance sent one. */
  void unsubscribed(long now) {
    confirmed = false;
    greeted = false;
    if (underWay == Command.UNSUBSCRIBE) {
      // Holders that came since wait for the next subscription.
      underWay = null;
    } else if (isHeld()) {
      missed(now);
    }
  }

  /** Marks the channel as active; returns null if its state has changed meanwhile. */
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
