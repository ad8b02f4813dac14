package dev.realtime.gateway.bus;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ObjLongConsumer;

/**
 * The channels on which this instance has sent recorded messages since its last report, and the
 * number of the last one on each. Its reports let the other instances notice that they lack a
 * message which no later message on the channel would reveal. Confined to the loop of the bus.
 */
final class SentMessages {

  /** Channels in one report; more go into further ones. */
  static final int REPORT = 500;

  /** Channels that wait for a report while Redis is down; beyond that all rooms are suspect. */
  static final int CAPACITY = 10_000;

  private Map<String, Long> lastNumbers = new LinkedHashMap<>();
  private long since;

  /** Adds a message; returns false if no further channel fits. */
  boolean add(String channel, long number) {
    if (lastNumbers.size() >= CAPACITY && !lastNumbers.containsKey(channel)) {
      return false;
    }
    if (lastNumbers.isEmpty()) {
      since = System.nanoTime();
    }
    lastNumbers.put(channel, number);
    return true;
  }

  /** Returns when the earliest message that waits was sent; by {@link System#nanoTime}. */
  long since() {
    return since;
  }

  void clear() {
    lastNumbers = new LinkedHashMap<>();
  }

  /** Returns the payloads of the reports of everything since the last call; empty for nothing. */
  List<byte[]> takeReports() {
    if (lastNumbers.isEmpty()) {
      return List.of();
    }
    List<Map.Entry<String, Long>> all = List.copyOf(lastNumbers.entrySet());
    clear();
    List<byte[]> reports = new ArrayList<>();
    for (int from = 0; from < all.size(); from += REPORT) {
      reports.add(write(all.subList(from, Math.min(all.size(), from + REPORT))));
    }
    return reports;
  }

  private static byte[] write(List<Map.Entry<String, Long>> entries) {
    ByteBuf out = Unpooled.buffer();
    for (Map.Entry<String, Long> entry : entries) {
      byte[] channel = entry.getKey().getBytes(StandardCharsets.UTF_8);
      out.writeLong(entry.getValue()).writeShort(channel.length).writeBytes(channel);
    }
    return ByteBufUtil.getBytes(out);
  }

  /**
   * Reads a report.
   *
   * @param each receives each channel and the number of the last message on it
   * @throws IndexOutOfBoundsException if it is no report
   */
  static void read(byte[] report, ObjLongConsumer<String> each) {
    ByteBuf in = Unpooled.wrappedBuffer(report);
    while (in.isReadable()) {
      long number = in.readLong();
      String channel =
          in.readCharSequence(in.readUnsignedShort(), StandardCharsets.UTF_8).toString();
      each.accept(channel, number);
    }
  }
}
