package dev.realtime.gateway.load;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a message carries at the start of its content, so that a receiver knows it without reading
 * the JSON around it: room, publisher, number and due time, each in hexadecimal of fixed width.
 */
final class Marker {

  private static final byte[] START = "load~".getBytes(StandardCharsets.US_ASCII);

  private static final int ROOM = START.length;
  private static final int LANE = ROOM + 6;
  private static final int SEQUENCE = LANE + 6;
  private static final int DUE = SEQUENCE + 8;

  /** How many characters it has. */
  static final int LENGTH = DUE + 16 + 1;

  private Marker() {}

  /**
   * The text.
   *
   * @param lane the publisher's number in the room
   * @param sequence the message's number in its lane, from 1
   * @param due nanoseconds since the run began
   */
  static String text(int room, int lane, int sequence, long due) {
    return String.format("load~%06x%06x%08x%016x~", room, lane, sequence, due);
  }

  /**
   * Finds one.
   *
   * @param hint where the one before was; they mostly stand at the same place
   * @return where it begins, or -1
   */
  static int find(byte[] frame, int length, int hint) {
    if (isAt(frame, length, hint)) {
      return hint;
    }
    for (int i = 0; i + LENGTH <= length; i++) {
      if (isAt(frame, length, i)) {
        return i;
      }
    }
    return -1;
  }

  private static boolean isAt(byte[] frame, int length, int index) {
    return index >= 0
        && index + LENGTH <= length
        && Arrays.equals(frame, index, index + START.length, START, 0, START.length);
  }

  static int room(byte[] frame, int at) {
    return (int) hex(frame, at + ROOM, 6);
  }

  static int lane(byte[] frame, int at) {
    return (int) hex(frame, at + LANE, 6);
  }

  static int sequence(byte[] frame, int at) {
    return (int) hex(frame, at + SEQUENCE, 8);
  }

  static long due(byte[] frame, int at) {
    return hex(frame, at + DUE, 16);
  }

  private static long hex(byte[] frame, int from, int digits) {
    long value = 0;
    for (int i = from; i < from + digits; i++) {
      value = value << 4 | Character.digit(frame[i], 16);
    }
    return value;
  }
}
