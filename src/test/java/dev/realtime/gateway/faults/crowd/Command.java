package dev.realtime.gateway.faults.crowd;

import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a device asks for.
 *
 * @param repeats whether to send it again after a lost connection or a refusal for the moment, as
 *     an app does that has given it an idempotency key or can repeat it without harm
 * @param acked takes the data of the ack
 * @param refused takes the code of an error that is final, or {@code lost}
 */
record Command(
    String event,
    ObjectNode data,
    boolean repeats,
    Consumer<JsonNode> acked,
    Consumer<String> refused) {

  /** One whose refusal changes nothing. */
  static Command repeated(String event, ObjectNode data, Consumer<JsonNode> acked) {
    return new Command(event, data, true, acked, _ -> {});
  }

  @Override
  public String toString() {
    return event + " " + data;
  }
}
