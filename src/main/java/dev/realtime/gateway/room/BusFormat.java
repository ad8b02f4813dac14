package dev.realtime.gateway.room;

import dev.realtime.gateway.bus.RoomId;
import dev.realtime.gateway.protocol.Delivery;
import dev.realtime.gateway.room.Frame.Eviction;
import dev.realtime.gateway.room.Frame.MemberChange;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The encoding of a frame in a message of the bus: a version, then the frame's components, each
 * after its length in bytes. A reader skips unknown bytes at the end of a component and of the
 * message, so a newer instance can extend both without a new version.
 */
public final class BusFormat {

  private static final byte VERSION = 1;

  /** Bytes of a message besides the envelope; enough for most messages. */
  private static final int HEADERS = 64;

  private static final byte DURABLE = 0;
  private static final byte LATEST = 1;
  private static final byte SAMPLED = 2;
  private static final byte SAMPLED_LAST = 3;
  private static final byte COUNTED = 4;
  private static final byte BEGINS = 5;
  private static final byte ENDS = 6;

  private BusFormat() {}

  /** Returns a message that carries the frame. */
  public static byte[] write(Frame frame) {
    ByteBuf out = Unpooled.buffer(frame.json().length + HEADERS);
    out.writeByte(VERSION);
    component(out, () -> writeDelivery(out, frame.delivery()));
    component(out, () -> writeAudience(out, frame.audience()));
    component(out, () -> writeEviction(out, frame.evicts()));
    component(out, () -> writeChange(out, frame.change()));
    component(out, () -> out.writeBytes(frame.json()));
    return ByteBufUtil.getBytes(out);
  }

  /**
   * Reads the frame of a message.
   *
   * @throws IllegalArgumentException if this version of the gateway cannot read the message
   */
  public static Frame read(byte[] message) {
    ByteBuf in = Unpooled.wrappedBuffer(message);
    try {
      if (in.readByte() != VERSION) {
        throw new IllegalArgumentException("A frame of another version");
      }
      return new Frame(
          readDelivery(component(in)),
          readAudience(component(in)),
          readEviction(component(in)),
          readChange(component(in)),
          ByteBufUtil.getBytes(component(in)));
    } catch (IndexOutOfBoundsException cut) {
      throw new IllegalArgumentException("Not a frame", cut);
    }
  }

  private static void component(ByteBuf out, Runnable write) {
    int length = out.writerIndex();
    out.writeInt(0);
    write.run();
    out.setInt(length, out.writerIndex() - length - Integer.BYTES);
  }

  private static ByteBuf component(ByteBuf in) {
    return in.readSlice(in.readInt());
  }

  private static void writeDelivery(ByteBuf out, Delivery delivery) {
    switch (delivery) {
      case Delivery.Durable(long rev, boolean receipt) ->
          out.writeByte(DURABLE).writeLong(rev).writeBoolean(receipt);
      case Delivery.Latest(String key) -> writeText(out.writeByte(LATEST), key);
      case Delivery.Sampled _ -> out.writeByte(SAMPLED);
      case Delivery.SampledLast _ -> out.writeByte(SAMPLED_LAST);
      case Delivery.Counted(String key, int count) ->
          writeText(out.writeByte(COUNTED).writeInt(count), key);
      case Delivery.Begins(String key, Duration lasts) ->
          writeText(out.writeByte(BEGINS).writeLong(lasts.toMillis()), key);
      case Delivery.Ends(String key) -> writeText(out.writeByte(ENDS), key);
    }
  }

  private static Delivery readDelivery(ByteBuf in) {
    return switch (in.readByte()) {
      case DURABLE -> new Delivery.Durable(in.readLong(), in.readBoolean());
      case LATEST -> new Delivery.Latest(readText(in));
      case SAMPLED -> new Delivery.Sampled();
      case SAMPLED_LAST -> new Delivery.SampledLast();
      case COUNTED -> counted(in.readInt(), in);
      case BEGINS -> begins(Duration.ofMillis(in.readLong()), in);
      case ENDS -> new Delivery.Ends(readText(in));
      default -> throw new IllegalArgumentException("A frame with an unknown kind of delivery");
    };
  }

  private static Delivery counted(int count, ByteBuf in) {
    return new Delivery.Counted(readText(in), count);
  }

  private static Delivery begins(Duration lasts, ByteBuf in) {
    return new Delivery.Begins(readText(in), lasts);
  }

  /** Writes the audience; an empty component stands for everyone. */
  private static void writeAudience(ByteBuf out, Audience audience) {
    if (!audience.isEveryone()) {
      RoomId unlessIn = audience.unlessIn();
      out.writeInt(audience.largestRoom());
      writeOptional(out, audience.exceptUser());
      writeOptional(out, unlessIn == null ? null : unlessIn.channel());
    }
  }

  private static Audience readAudience(ByteBuf in) {
    if (!in.isReadable()) {
      return Audience.everyone();
    }
    int largestRoom = in.readInt();
    String exceptUser = readOptional(in);
    String unlessIn = readOptional(in);
    return new Audience(
        exceptUser, unlessIn == null ? null : RoomId.ofChannel(unlessIn), largestRoom);
  }

  /** Writes the eviction; an empty component stands for none. */
  private static void writeEviction(ByteBuf out, @Nullable Eviction evicts) {
    if (evicts != null) {
      writeOptional(out, evicts.userId());
    }
  }

  private static @Nullable Eviction readEviction(ByteBuf in) {
    return in.isReadable() ? new Eviction(readOptional(in)) : null;
  }

  /** Writes the membership change; an empty component stands for none. */
  private static void writeChange(ByteBuf out, @Nullable MemberChange change) {
    if (change != null) {
      out.writeLong(change.rev());
      writeText(out, change.room().channel());
      writeText(out, change.userId());
    }
  }

  private static @Nullable MemberChange readChange(ByteBuf in) {
    if (!in.isReadable()) {
      return null;
    }
    long rev = in.readLong();
    return new MemberChange(RoomId.ofChannel(readText(in)), rev, readText(in));
  }

  private static void writeOptional(ByteBuf out, @Nullable String text) {
    out.writeBoolean(text != null);
    if (text != null) {
      writeText(out, text);
    }
  }

  private static @Nullable String readOptional(ByteBuf in) {
    return in.readBoolean() ? readText(in) : null;
  }

  private static void writeText(ByteBuf out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length).writeBytes(bytes);
  }

  private static String readText(ByteBuf in) {
    return in.readCharSequence(in.readInt(), StandardCharsets.UTF_8).toString();
  }
}
