package dev.realtime.gateway.room;

import java.time.Duration;

/**
 * That a frame begins or ends something which goes on for a while under the frame's key, and ends
 * by itself.
 */
public sealed interface Spell {

  /**
   * It goes on from now.
   *
   * @param lasts after this time every instance ends it for its own members, should the publisher
   *     not live to do so
   * @param end the envelope that ends it
   */
  @SuppressWarnings("ArrayRecordComponent") // identity is enough; a copy per access is not wanted
  record Begun(Duration lasts, byte[] end) implements Spell {}

  /** It has ended. */
  record Over() implements Spell {}
}
