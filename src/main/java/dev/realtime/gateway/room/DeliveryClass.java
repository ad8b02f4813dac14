package dev.realtime.gateway.room;

/** What may happen to a frame when a connection is slow; section 2 of the protocol. */
public enum DeliveryClass {
  /** Never dropped: a connection that cannot take it is closed and resumes. */
  DURABLE,
  /** May be dropped for a slow connection alone. */
  SAMPLED,
  /** As sampled, but the last to go: words of a stream's host and moderators. */
  SAMPLED_LAST,
  /** A newer frame with the same key takes the place of an older one. */
  LATEST,
  /** Worth nothing later: dropped for a slow connection, or added up where it has a sum. */
  EPHEMERAL
}
