package dev.realtime.gateway.load;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A stream or chat of the run. */
final class LoadRoom {

  private final int index;
  private final String id;
  private final int lanes;
  private final AtomicInteger members = new AtomicInteger();
  private volatile @Nullable RoomWindow window;

  /**
   * @param lanes how many publishers it has
   */
  LoadRoom(int index, String id, int lanes) {
    this.index = index;
    this.id = id;
    this.lanes = lanes;
  }

  int index() {
    return index;
  }

  String id() {
    return id;
  }

  int lanes() {
    return lanes;
  }

  /** How many connections have joined it. */
  int members() {
    return members.get();
  }

  void joined() {
    members.incrementAndGet();
  }

  void window(RoomWindow paced) {
    window = paced;
  }

  /** A message has come to one of its members. */
  void delivered() {
    RoomWindow paced = window;
    if (paced != null) {
      paced.delivered();
    }
  }

  /** A message will come to nobody. */
  void refused() {
    RoomWindow paced = window;
    if (paced != null) {
      paced.refused();
    }
  }
}
