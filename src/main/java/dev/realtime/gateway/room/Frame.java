package dev.realtime.gateway.room;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * An event, encoded once, on its way to the members of a room.
 *
 * @param delivery what may happen to it when a connection is slow
 * @param rev its place among the lasting changes of the room, from 1; 0 for what does not last
 * @param key what a {@link DeliveryClass#LATEST} frame is the latest of; null otherwise
 * @param evicts whose connections leave the room after it; {@link #EVERYONE} for all of them, null
 *     for nobody's
 * @param json the envelope; empty when the frame only evicts
 */
@SuppressWarnings("ArrayRecordComponent") // identity is enough; a copy per access is not wanted
public record Frame(
    DeliveryClass delivery,
    long rev,
    @Nullable String key,
    @Nullable String evicts,
    Audience audience,
    byte[] json) {

  /** Evicts every member. */
  public static final String EVERYONE = "*";

  private static final byte VERSION = 1;
  private static final int FINAL_TEXT = 0x81;
  private static final int SHORT_PAYLOAD = 125;
  private static final int MEDIUM_PAYLOAD = 0xFFFF;

  /** A frame for one connection: never dropped, outside the order of any room. */
  public static Frame direct(byte[] json) {
    return new Frame(DeliveryClass.DURABLE, 0, null, null, Audience.everyone(), json);
  }

  /** What the bus carries. */
  byte[] toBusMessage() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(json.length + 64);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeUTF(delivery.name());
      out.writeLong(rev);
      writeText(out, key);
      writeText(out, evicts);
      writeText(out, audience.exceptUser());
      writeText(out, audience.unlessIn() == null ? null : audience.unlessIn().channel());
      out.writeInt(audience.largestRoom());
      out.write(json);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }

  /**
   * Reads what {@link #toBusMessage()} wrote.
   *
   * @throws IllegalArgumentException if another version of the gateway wrote it
   */
  static Frame ofBusMessage(byte[] message) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(message))) {
      if (in.readByte() != VERSION) {
        throw new IllegalArgumentException("A bus message of another version");
      }
      DeliveryClass delivery = DeliveryClass.valueOf(in.readUTF());
      long rev = in.readLong();
      String key = readText(in);
      String evicts = readText(in);
      String exceptUser = readText(in);
      String unlessIn = readText(in);
      RoomId other = unlessIn == null ? null : RoomId.ofChannel(unlessIn);
      int largestRoom = in.readInt();
      Audience audience =
          exceptUser == null && other == null && largestRoom == 0
              ? Audience.everyone()
              : new Audience(exceptUser, other, largestRoom);
      return new Frame(delivery, rev, key, evicts, audience, in.readAllBytes());
    } catch (IOException broken) {
      throw new IllegalArgumentException("Not a bus message", broken);
    }
  }

  private static void writeText(DataOutputStream out, @Nullable String text) throws IOException {
    out.writeBoolean(text != null);
    if (text != null) {
      out.writeUTF(text);
    }
  }

  private static @Nullable String readText(DataInputStream in) throws IOException {
    return in.readBoolean() ? in.readUTF() : null;
  }

  /**
   * The frame as it stands on the wire: an unmasked final text frame (RFC 6455, section 5.2). The
   * caller owns the buffer.
   */
  public ByteBuf toWire(ByteBufAllocator allocator) {
    ByteBuf wire = allocator.directBuffer(wireLength());
    writeTo(wire);
    return wire;
  }

  /** Bytes on the wire, header included. */
  int wireLength() {
    int header = json.length <= SHORT_PAYLOAD ? 2 : json.length <= MEDIUM_PAYLOAD ? 4 : 10;
    return header + json.length;
  }

  void writeTo(ByteBuf wire) {
    wire.writeByte(FINAL_TEXT);
    if (json.length <= SHORT_PAYLOAD) {
      wire.writeByte(json.length);
    } else if (json.length <= MEDIUM_PAYLOAD) {
      wire.writeByte(SHORT_PAYLOAD + 1).writeShort(json.length);
    } else {
      wire.writeByte(SHORT_PAYLOAD + 2).writeLong(json.length);
    }
    wire.writeBytes(json);
  }

  /** Whether this member is out of the room after the frame. */
  public boolean evicts(RoomMember member) {
    return evicts != null && (evicts.equals(EVERYONE) || evicts.equals(member.userId()));
  }
}
