package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.Delivery;
import dev.realtime.gateway.protocol.EnvelopeCodec;
import dev.realtime.gateway.protocol.Event;
import dev.realtime.gateway.protocol.MembershipChange;
import dev.realtime.gateway.protocol.Passing;
import dev.realtime.gateway.room.Frame.Eviction;
import dev.realtime.gateway.room.Frame.MemberChange;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Encodes events into frames; each event determines its own delivery. */
@Component
public final class FrameEncoder {

  private final EnvelopeCodec codec;

  FrameEncoder(EnvelopeCodec codec) {
    this.codec = codec;
  }

  /**
   * Returns a frame for a room; a copy in a user's own room has no rev there and evicts no user.
   */
  public Frame encode(RoomId room, Event event, Audience audience) {
    MembershipChange change = event.membershipChange();
    Eviction evicts = change != null && change.removed() ? Eviction.of(change.userId()) : null;
    Frame frame =
        new Frame(event.delivery(), audience, evicts, inRoom(change), codec.encode(event));
    return room.kind() == RoomId.Kind.USER ? frame.forOwnRoom() : frame;
  }

  private static @Nullable MemberChange inRoom(@Nullable MembershipChange change) {
    return change == null
        ? null
        : new MemberChange(RoomId.chat(change.chatId()), change.rev(), change.userId());
  }

  /** Returns a frame for everyone in a room, with a delivery that the publisher chooses. */
  public Frame encode(Event event, Delivery delivery) {
    return new Frame(delivery, codec.encode(event));
  }

  /**
   * Returns the frame that ends the state which another frame started, for every member that may
   * have received the start.
   *
   * @throws IllegalArgumentException if the frame carries no event that ends
   */
  Frame end(Frame begun) {
    if (!(codec.decodeEvent(begun.json()) instanceof Passing passing)) {
      throw new IllegalArgumentException("This event does not end");
    }
    Event end = passing.end();
    return new Frame(end.delivery(), begun.audience().ofAnySize(), null, null, codec.encode(end));
  }
}
