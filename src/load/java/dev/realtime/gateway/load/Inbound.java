package dev.realtime.gateway.load;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Tells frames apart by their first bytes: the server writes the event's name first. */
final class Inbound {

  static final byte[] WELCOME = ascii("{\"event\":\"session:welcome\"");
  static final byte[] ACK = ascii("{\"event\":\"ack\",\"id\":\"");
  static final byte[] ERROR = ascii("{\"event\":\"error\"");

  private static final byte[] CODE = ascii("\"code\":\"");

  private Inbound() {}

  static boolean begins(byte[] frame, int length, byte[] start) {
    return length >= start.length && Arrays.equals(frame, 0, start.length, start, 0, start.length);
  }

  /** The command's id in an ack. */
  static String ackId(byte[] frame, int length) {
    return textFrom(frame, length, ACK.length);
  }

  /** The code in an error. */
  static String errorCode(byte[] frame, int length) {
    for (int i = 0; i + CODE.length < length; i++) {
      if (Arrays.equals(frame, i, i + CODE.length, CODE, 0, CODE.length)) {
        return textFrom(frame, length, i + CODE.length);
      }
    }
    return "unknown";
  }

  private static String textFrom(byte[] frame, int length, int from) {
    int end = from;
    while (end < length && frame[end] != '"') {
      end++;
    }
    return new String(frame, from, end - from, StandardCharsets.UTF_8);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
