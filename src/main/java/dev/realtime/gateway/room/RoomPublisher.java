package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomBus;
import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.Delivery;
import dev.realtime.gateway.protocol.Event;
import dev.realtime.gateway.room.Frame.Eviction;
import org.springframework.stereotype.Component;

/**
 * Publishes the events of every feature: it encodes an event once and hands it to the bus, which
 * delivers it to all members on all instances. Features publish lasting changes after their commit.
 */
@Component
public final class RoomPublisher {

  private final FrameEncoder encoder;
  private final RoomBus bus;

  RoomPublisher(FrameEncoder encoder, RoomBus bus) {
    this.encoder = encoder;
    this.bus = bus;
  }

  /** Publishes to everyone in the room. Returns at once. */
  public void publish(RoomId room, Event event) {
    publish(room, event, Audience.everyone());
  }

  /** Publishes to a part of the room. Returns at once. */
  public void publish(RoomId room, Event event, Audience audience) {
    bus.publish(room, encoder.encode(room, event, audience));
  }

  /**
   * Publishes to everyone in the room with another delivery than the event's own. Returns at once.
   */
  public void publish(RoomId room, Event event, Delivery delivery) {
    publish(room, encoder.encode(event, delivery));
  }

  /** Publishes a frame that is already encoded. Returns at once. */
  public void publish(RoomId room, Frame frame) {
    bus.publish(room, frame);
  }

  /** Evicts every member from the room, on all instances. */
  public void dismiss(RoomId room) {
    bus.publish(room, dismissal());
  }

  static Frame dismissal() {
    return Frame.eviction(0, Eviction.everyone());
  }
}
