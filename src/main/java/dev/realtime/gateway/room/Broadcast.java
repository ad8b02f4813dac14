package dev.realtime.gateway.room;

import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frames on their way to the places of a shard, some places in each turn of the event loop, so that
 * the other connections of the loop, and Redis, do not wait for a whole large room. No place may be
 * removed before the last one is served.
 */
final class Broadcast {

  /** Members that one turn of the loop serves. */
  static final int SLICE = 1024;

  private static final Logger log = LoggerFactory.getLogger(Broadcast.class);

  private final Burst burst;
  private final List<Place> failed = new ArrayList<>(0);
  private int next;

  private Broadcast(Burst burst) {
    this.burst = burst;
  }

  /** Encodes frames, in this order. */
  static Broadcast of(List<Frame> frames) {
    return new Broadcast(Burst.of(frames, ByteBufAllocator.DEFAULT));
  }

  /** Delivers to the next places; returns whether these were the last ones. */
  boolean deliverToNext(List<Place> places) {
    int end = Math.min(places.size(), next + SLICE);
    for (; next < end; next++) {
      deliver(places.get(next));
    }
    if (end < places.size()) {
      return false;
    }
    burst.release();
    return true;
  }

  private void deliver(Place place) {
    try {
      place.deliver(burst);
    } catch (Throwable failure) {
      log.error("Could not deliver to a member of {}", place.roomId(), failure);
      failed.add(place);
    }
  }

  /** Returns the places whose members would miss the frames. */
  List<Place> failed() {
    return failed;
  }
}
