package dev.realtime.gateway.cluster;

import reactor.core.publisher.Mono;

/**
 * A feature's handler of the messages and questions between instances. It is called from any thread
 * and must not block.
 */
public interface ClusterTopic {

  /** Returns the name of the topic, which is the same on every instance. */
  String topic();

  /**
   * Handles a message from an instance to all. It arrives at most once, and in order per sender;
   * the sender receives it first, on the sending thread.
   */
  default void told(String message) {}

  /** Handles a gap: the bus was down and is up again, so messages may be missing. */
  default void interrupted() {}

  /** Answers a question that an instance asks all, including itself; empty for no answer. */
  default Mono<String> asked(String question) {
    return Mono.empty();
  }
}
