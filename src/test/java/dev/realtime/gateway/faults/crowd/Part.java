package dev.realtime.gateway.faults.crowd;

import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a device keeps of one feature, such as its chats. Guarded by the device. */
interface Part {

  /**
   * Its share of a {@code session:resume}.
   *
   * @param acked takes the data of the ack
   * @param refused the resume failed as a whole, or was lost
   */
  record Share(Consumer<JsonNode> acked, Runnable refused) {}

  /** Whether a push belongs to this feature. */
  boolean takes(String event);

  void pushed(String event, JsonNode data);

  /** Adds to the data of a resume what it wants back; empty if that is nothing. */
  Optional<Share> resume(ObjectNode data);

  /** Does what else is due on a welcomed connection. */
  void turn();

  void connected();

  void disconnected();

  String describe();
}
