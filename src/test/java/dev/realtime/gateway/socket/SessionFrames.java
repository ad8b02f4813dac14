package dev.realtime.gateway.socket;

import dev.realtime.gateway.client.RawFrame;
import dev.realtime.gateway.client.RawSocket;
import java.io.ByteArrayOutputStream;
import java.time.Duration;

/** Text frames of a session by hand, and what comes back. */
final class SessionFrames {

  private static final Duration SOON = Duration.ofSeconds(5);

  private SessionFrames() {}

  static String text(RawSocket socket) {
    return socket.await("text", frame -> frame.opcode() == RawFrame.TEXT, SOON).text();
  }

  static byte[] pipelined(String... frames) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (String frame : frames) {
      bytes.writeBytes(RawFrame.text(frame).bytes());
    }
    return bytes.toByteArray();
  }

  static String ping(String id) {
    return "{\"event\":\"session:ping\",\"id\":\"" + id + "\"}";
  }

  static String auth(String id, String token) {
    return "{\"event\":\"session:auth\",\"id\":\"%s\",\"data\":{\"token\":\"%s\"}}"
        .formatted(id, token);
  }
}
