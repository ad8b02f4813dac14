package dev.realtime.gateway.protocol;

import org.jspecify.annotations.Nullable;

/** A push of the gateway. The name on the wire is the record's {@code @JsonTypeName}. */
public sealed interface Event
    permits SessionEvent, ChatEvent, LiveEvent, NotificationEvent, AppEvent {

  /**
   * Returns the event's number among the lasting changes of its room; 0 for an event that is not a
   * lasting change. A record component of this name implements the method.
   */
  default long rev() {
    return 0;
  }

  /**
   * Returns how the event reaches a slow connection; it must arrive unless the event overrides
   * this.
   */
  default Delivery delivery() {
    return Delivery.durable(rev());
  }

  /** Returns the change of a chat membership that the event reports; null for none. */
  default @Nullable MembershipChange membershipChange() {
    return null;
  }
}
