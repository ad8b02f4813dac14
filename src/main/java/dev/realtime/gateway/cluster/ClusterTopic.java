package dev.realtime.gateway.cluster;

import reactor.core.publisher.Mono;

/**
 * A feature's part in what the instances tell each other. Called from any thread; must not block.
 */
public interface ClusterTopic {

  /** Its name, the same on every instance. */
  String topic();

  /**
   * An instance has told all. At most once, in order per telling instance; that one itself hears it
   * first, on the thread that tells.
   */
  default void told(String message) {}

  /** Something may have been missed: the bus was away and is back. */
  default void interrupted() {}

  /** An instance asks all, itself included; empty means nothing to say. */
  default Mono<String> asked(String question) {
    return Mono.empty();
  }
}
