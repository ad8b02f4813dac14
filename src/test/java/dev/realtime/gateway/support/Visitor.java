package dev.realtime.gateway.support;

import dev.realtime.gateway.client.GatewayClient;
import dev.realtime.gateway.client.Received;
import java.time.Duration;

/** A connection of a user who comes and goes. The id of each command begins with what it asks. */
public class Visitor {

  private static final Duration LATE = Duration.ofSeconds(10);

  private final GatewayClient client;
  private int commands;

  protected Visitor(GatewayClient client) {
    this.client = client;
  }

  /** Sends a command and returns its id. */
  protected final String send(String kind, String event, String data) {
    String id = kind + '-' + ++commands;
    client.sendText("{\"event\":\"%s\",\"id\":\"%s\",\"data\":%s}".formatted(event, id, data));
    return id;
  }

  /** Waits for the ack or the error of a command. */
  public final Received answer(String id) {
    return client.await(frame -> frame.isReply() && id.equals(frame.id()), LATE);
  }
}
