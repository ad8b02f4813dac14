package dev.realtime.gateway.protocol;

import org.jspecify.annotations.Nullable;

/** What the gateway pushes. The name on the wire is the record's {@code @JsonTypeName}. */
public sealed interface Event
    permits SessionEvent, ChatEvent, LiveEvent, NotificationEvent, AppEvent {

  /**
   * Its number among the lasting changes of its room; 0 for an event that is none. A record
   * component of this name answers it.
   */
  default long rev() {
    return 0;
  }

  /** What may become of it on its way to a slow connection; nothing, unless an event says more. */
  default Delivery delivery() {
    return Delivery.durable(rev());
  }

  /** Whose membership of a chat it changes; null for nobody's. */
  default @Nullable MembershipChange membershipChange() {
    return null;
  }
}
