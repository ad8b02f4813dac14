package dev.realtime.gateway.room;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The members of a room that one event loop serves. The room hands it a frame once; on the loop the
 * same bytes go to each of them.
 */
final class RoomShard implements Consumer<Frame> {

  private final EventLoop loop;
  private final Consumer<Membership> onEvicted;
  // Touched on the event loop only.
  private final List<Membership> members = new ArrayList<>();

  RoomShard(EventLoop loop, Consumer<Membership> onEvicted) {
    this.loop = loop;
    this.onEvicted = onEvicted;
  }

  /** Hands a frame over; called by one thread at a time, in order. */
  @Override
  public void accept(Frame frame) {
    loop.execute(() -> deliver(frame));
  }

  void add(Membership membership, long position) {
    loop.execute(() -> {
      membership.startAfter(position);
      membership.index = members.size();
      members.add(membership);
    });
  }

  void remove(Membership membership) {
    loop.execute(() -> removeNow(membership));
  }

  /** Takes it out by putting the last one in its place. */
  private void removeNow(Membership membership) {
    int index = membership.index;
    if (index < 0) {
      return;
    }
    Membership last = members.removeLast();
    if (last != membership) {
      members.set(index, last);
      last.index = index;
    }
    membership.index = -1;
  }

  private void deliver(Frame frame) {
    if (frame.json().length > 0 && !members.isEmpty()) {
      broadcast(frame);
    }
    if (frame.evicts() != null) {
      evict(frame);
    }
  }

  private void broadcast(Frame frame) {
    ByteBuf wire = frame.toWire(ByteBufAllocator.DEFAULT);
    try {
      for (int i = 0; i < members.size(); i++) {
        members.get(i).deliver(frame, wire);
      }
    } finally {
      wire.release();
    }
  }

  private void evict(Frame frame) {
    List<Membership> out =
        members.stream().filter(membership -> frame.evicts(membership.member())).toList();
    for (Membership membership : out) {
      removeNow(membership);
      onEvicted.accept(membership);
    }
  }
}
