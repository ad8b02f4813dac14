package dev.realtime.gateway.load.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameCodecTest {

  private final FrameReader reader = new FrameReader();

  /** RFC 6455, section 5.7: a single-frame masked text message. */
  @Test
  void masksAsTheRfcShows() {
    assertThat(written("Hello".getBytes(StandardCharsets.UTF_8), 0x37fa213d))
        .isEqualTo("818537fa213d7f9f4d5158");
  }

  @ParameterizedTest
  @CsvSource({"125, 81fd", "126, 81fe007e", "65535, 81feffff"})
  void writesEachLengthAsShortAsItGoes(int length, String header) {
    assertThat(written(new byte[length], 0)).startsWith(header + "00000000");
  }

  @Test
  void refusesToWriteMoreThanAnyCommandHas() {
    assertThatThrownBy(() -> written(new byte[65536], 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 125, 126, 200, 65535, 65536})
  void readsEveryLengthHoweverItIsCut(int length) {
    byte[] payload = new byte[length];
    new Random(length).nextBytes(payload);
    ByteBuf frame = Unpooled.buffer().writeByte(0x82);
    if (length < 126) {
      frame.writeByte(length);
    } else if (length <= 0xFFFF) {
      frame.writeByte(126).writeShort(length);
    } else {
      frame.writeByte(127).writeLong(length);
    }
    frame.writeBytes(payload);

    ByteBuf come = Unpooled.buffer();
    while (frame.readableBytes() > 1) {
      come.writeBytes(frame, Math.min(frame.readableBytes() - 1, 1 + come.readableBytes() / 2));
      assertThat(reader.next(come)).isFalse();
      assertThat(come.readerIndex()).isZero();
    }
    come.writeBytes(frame);

    assertThat(reader.next(come)).isTrue();
    assertThat(reader.opcode()).isEqualTo(2);
    assertThat(ByteBufUtil.getBytes(come)).isEqualTo(payload);
    assertThat(reader.length()).isEqualTo(length);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0100", "8000", "c100", "8180", "817f7fffffffffffffff", "817f8000000000000000"})
  void refusesWhatNoServerMaySendHere(String hex) {
    ByteBuf frame = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex));

    assertThatThrownBy(() -> reader.next(frame)).isInstanceOf(BrokenFrameException.class);
  }

  private static String written(byte[] payload, int mask) {
    ByteBuf frame = FrameWriter.frame(ByteBufAllocator.DEFAULT, FrameReader.TEXT, payload, mask);
    try {
      return ByteBufUtil.hexDump(frame);
    } finally {
      frame.release();
    }
  }
}
