package dev.realtime.gateway.live;

import dev.realtime.gateway.client.Received;
import java.util.ArrayList;
import java.util.List;

/**
 * What one connection is told of one stream: its slow mode is counted up by one at a time, and so
 * is what the host says. Thread-safe.
 */
final class StreamWitness {

  private final List<String> violations = new ArrayList<>();
  private final List<String> frames = new ArrayList<>();
  private boolean in;
  private boolean disturbed;
  private long slowMode;
  private long said = -1;

  /** The host is about to ban; until the next ack a gap says nothing. */
  synchronized void disturb() {
    disturbed = true;
    in = false;
  }

  synchronized void apply(Received frame) {
    frames.add((in ? "in  " : "out ") + frame.raw());
    String id = frame.id() == null ? "" : frame.id();
    switch (frame.event()) {
      case "" -> violations.add("not a frame: " + frame.raw());
      case "ack" -> acked(id, frame);
      case "live:moderate" -> moderated(frame);
      case "live:message" -> said(frame);
      default -> {}
    }
  }

  private void acked(String id, Received ack) {
    if (id.startsWith("leave")) {
      in = false;
      said = -1;
    } else if (id.startsWith("join")) {
      entered(id, Math.max(0, ack.number("slowMode")));
    } else if (id.startsWith("resume")) {
      var stream = ack.data().path("streams").iterator().next();
      if (stream.path("outcome").asString().equals("joined")) {
        entered(id, stream.path("slowMode").asLong(0));
      }
    }
  }

  private void entered(String id, long state) {
    if (in ? state != slowMode : state < slowMode) {
      violations.add(id + " tells " + state + " after " + slowMode + (in ? ", in" : ", out"));
    }
    if (disturbed) {
      said = -1;
    }
    disturbed = false;
    slowMode = state;
    in = true;
  }

  private void moderated(Received frame) {
    if (!frame.text("action").equals("slow_mode")) {
      return;
    }
    long next = frame.number("seconds");
    if (!in && !disturbed) {
      violations.add("out of the stream, yet " + frame.raw());
    } else if (next != slowMode + 1 && !disturbed) {
      violations.add("slow mode " + next + " after " + slowMode);
    }
    slowMode = Math.max(next, slowMode);
  }

  private void said(Received frame) {
    long number = Long.parseLong(frame.text("content"));
    if (number <= said || (said >= 0 && number > said + 1 && !disturbed)) {
      violations.add("said " + number + " after " + said);
    }
    said = number;
  }

  synchronized boolean has(long lastSlowMode, long lastSaid) {
    return slowMode >= lastSlowMode && said >= lastSaid;
  }

  synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  /** Everything that came, for whoever looks into a failure. */
  synchronized String story() {
    return String.join("\n", frames);
  }
}
