package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An event, encoded once, on its way to the members of a room.
 *
 * @param delivery what may happen to it when a connection is slow
 * @param rev its place among the lasting changes of the room, from 1; 0 for what does not last
 * @param key what a {@link DeliveryClass#LATEST} frame is the latest of, what is added up, or what
 *     goes on for a while; null otherwise
 * @param evicts whose connections leave the room after it; null for nobody's
 * @param receipt whether the client's WebSocket stack is asked to confirm it: a ping that carries
 *     {@code rev} follows it on the wire, and its pong (RFC 6455, section 5.5.3) says that the
 *     frame has arrived
 * @param sum what is added up when frames with the same key have to wait; null for nothing
 * @param spell whether something begins or ends with it that goes on for a while; null for nothing
 * @param change whose membership of which room it tells of; null for nobody's
 * @param json the envelope; empty when the frame only evicts
 */
@SuppressWarnings("ArrayRecordComponent") // identity is enough; a copy per access is not wanted
public record Frame(
    DeliveryClass delivery,
    long rev,
    @Nullable String key,
    @Nullable Eviction evicts,
    Audience audience,
    boolean receipt,
    @Nullable Sum sum,
    @Nullable Spell spell,
    @Nullable MemberChange change,
    byte[] json) {

  /**
   * A number in the JSON that may be added up.
   *
   * @param count its value
   * @param at where its digits begin, in bytes
   */
  public record Sum(int count, int at) {

    int digits() {
      return Integer.toString(count).length();
    }
  }

  /** A frame without receipt or sum: most are. */
  public Frame(
      DeliveryClass delivery,
      long rev,
      @Nullable String key,
      @Nullable Eviction evicts,
      Audience audience,
      byte[] json) {
    this(delivery, rev, key, evicts, audience, false, null, json);
  }

  /** A frame that tells of nobody's membership and is no part of something which goes on. */
  public Frame(
      DeliveryClass delivery,
      long rev,
      @Nullable String key,
      @Nullable Eviction evicts,
      Audience audience,
      boolean receipt,
      @Nullable Sum sum,
      byte[] json) {
    this(delivery, rev, key, evicts, audience, receipt, sum, null, null, json);
  }

  private static final byte[] NOTHING = {};
  private static final byte VERSION = 4;
  private static final byte NO_SPELL = 0;
  private static final byte BEGUN = 1;
  private static final byte OVER = 2;
  private static final int FINAL_TEXT = 0x81;
  private static final int FINAL_PING = 0x89;
  private static final int PING_LENGTH = 2 + Long.BYTES;
  private static final int SHORT_PAYLOAD = 125;
  private static final int MEDIUM_PAYLOAD = 0xFFFF;

  /** A frame for one connection: never dropped, outside the order of any room. */
  public static Frame direct(byte[] json) {
    return new Frame(DeliveryClass.DURABLE, 0, null, null, Audience.everyone(), json);
  }

  /**
   * A frame that says nothing and only puts somebody out.
   *
   * @param rev its place among the lasting changes of the room; 0 for none
   */
  public static Frame eviction(long rev, Eviction evicts) {
    return new Frame(DeliveryClass.DURABLE, rev, null, evicts, Audience.everyone(), NOTHING);
  }

  /**
   * Whether a room's log begins anew with it: whoever has a position below it was in an earlier
   * room of this id. Only a log tells it; a dismissal over the bus has no {@code rev}.
   */
  public boolean beginsAnew() {
    return rev > 0 && evicts != null && evicts.userId() == null;
  }

  /** What the bus carries. */
  byte[] toBusMessage() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(json.length + 64);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeUTF(delivery.name());
      out.writeLong(rev);
      writeText(out, key);
      out.writeBoolean(evicts != null);
      if (evicts != null) {
        writeText(out, evicts.userId());
      }
      writeText(out, audience.exceptUser());
      writeText(out, audience.unlessIn() == null ? null : audience.unlessIn().channel());
      out.writeInt(audience.largestRoom());
      out.writeBoolean(receipt);
      out.writeInt(sum == null ? -1 : sum.at());
      out.writeInt(sum == null ? 0 : sum.count());
      writeSpell(out, spell);
      writeChange(out);
      out.write(json);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }

  private void writeChange(DataOutputStream out) throws IOException {
    writeText(out, change == null ? null : change.room().channel());
    if (change != null) {
      out.writeLong(change.rev());
      out.writeUTF(change.userId());
    }
  }

  private static @Nullable MemberChange readChange(DataInputStream in) throws IOException {
    String room = readText(in);
    return room == null
        ? null
        : new MemberChange(RoomId.ofChannel(room), in.readLong(), in.readUTF());
  }

  /**
   * Reads what {@link #toBusMessage()} wrote.
   *
   * @throws IllegalArgumentException if another version of the gateway wrote it
   */
  public static Frame ofBusMessage(byte[] message) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(message))) {
      if (in.readByte() != VERSION) {
        throw new IllegalArgumentException("A bus message of another version");
      }
      DeliveryClass delivery = DeliveryClass.valueOf(in.readUTF());
      long rev = in.readLong();
      String key = readText(in);
      Eviction evicts = in.readBoolean() ? new Eviction(readText(in)) : null;
      String exceptUser = readText(in);
      String unlessIn = readText(in);
      RoomId other = unlessIn == null ? null : RoomId.ofChannel(unlessIn);
      int largestRoom = in.readInt();
      boolean receipt = in.readBoolean();
      int sumAt = in.readInt();
      int sumCount = in.readInt();
      Sum sum = sumAt < 0 ? null : new Sum(sumCount, sumAt);
      Spell spell = readSpell(in);
      MemberChange change = readChange(in);
      Audience audience =
          exceptUser == null && other == null && largestRoom == 0
              ? Audience.everyone()
              : new Audience(exceptUser, other, largestRoom);
      byte[] json = in.readAllBytes();
      return new Frame(delivery, rev, key, evicts, audience, receipt, sum, spell, change, json);
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

  private static void writeSpell(DataOutputStream out, @Nullable Spell spell) throws IOException {
    switch (spell) {
      case null -> out.writeByte(NO_SPELL);
      case Spell.Over _ -> out.writeByte(OVER);
      case Spell.Begun begun -> {
        out.writeByte(BEGUN);
        out.writeLong(begun.lasts().toMillis());
        out.writeInt(begun.end().length);
        out.write(begun.end());
      }
    }
  }

  private static @Nullable Spell readSpell(DataInputStream in) throws IOException {
    return switch (in.readByte()) {
      case NO_SPELL -> null;
      case OVER -> new Spell.Over();
      case BEGUN -> new Spell.Begun(Duration.ofMillis(in.readLong()), in.readNBytes(in.readInt()));
      default -> throw new IOException("No such spell");
    };
  }

  /** Whether it carries this event. */
  public boolean isEvent(String name) {
    byte[] start = ("{\"event\":\"" + name + '"').getBytes(StandardCharsets.US_ASCII);
    return json.length >= start.length
        && Arrays.equals(json, 0, start.length, start, 0, start.length);
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

  /** Whether it only evicts: nobody is sent anything. */
  public boolean saysNothing() {
    return json.length == 0;
  }

  /** Bytes on the wire, header included; 0 for a frame that says nothing. */
  int wireLength() {
    if (saysNothing()) {
      return 0;
    }
    int header = json.length <= SHORT_PAYLOAD ? 2 : json.length <= MEDIUM_PAYLOAD ? 4 : 10;
    return header + json.length + (receipt ? PING_LENGTH : 0);
  }

  /** An empty text message is no JSON object: of a frame that says nothing, nothing is written. */
  void writeTo(ByteBuf wire) {
    if (saysNothing()) {
      return;
    }
    wire.writeByte(FINAL_TEXT);
    if (json.length <= SHORT_PAYLOAD) {
      wire.writeByte(json.length);
    } else if (json.length <= MEDIUM_PAYLOAD) {
      wire.writeByte(SHORT_PAYLOAD + 1).writeShort(json.length);
    } else {
      wire.writeByte(SHORT_PAYLOAD + 2).writeLong(json.length);
    }
    wire.writeBytes(json);
    if (receipt) {
      wire.writeByte(FINAL_PING).writeByte(Long.BYTES).writeLong(rev);
    }
  }

  /**
   * This frame with the sum of an earlier one added to its own.
   *
   * @param earlier a frame with the same key; both have a sum
   */
  public Frame plus(Frame earlier) {
    Sum own = Objects.requireNonNull(sum);
    Sum total = new Sum(own.count() + Objects.requireNonNull(earlier.sum).count(), own.at());
    byte[] digits = Integer.toString(total.count()).getBytes(StandardCharsets.US_ASCII);
    int after = own.at() + own.digits();
    byte[] added =
        ByteBuffer.allocate(json.length - own.digits() + digits.length)
            .put(json, 0, own.at())
            .put(digits)
            .put(json, after, json.length - after)
            .array();
    return new Frame(delivery, rev, key, evicts, audience, receipt, total, spell, change, added);
  }

  /** The end of what this frame has begun, for those who may have been told of the beginning. */
  Frame ended(Spell.Begun begun) {
    Audience told = new Audience(audience.exceptUser(), audience.unlessIn(), 0);
    return new Frame(
        delivery, 0, key, null, told, false, null, new Spell.Over(), null, begun.end());
  }

  /** Whether it tells this member of a change of its own membership. */
  boolean isAboutMembershipOf(RoomMember member) {
    return change != null && change.userId().equals(member.userId());
  }

  /** Whether this member is out of the room after the frame. */
  public boolean evicts(RoomMember member) {
    return evicts != null && evicts.covers(member);
  }
}
