package dev.realtime.gateway.ops;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.stream.Stream;

/**
 * One connection of the warm-up: upgrade, welcome, a few commands, and the close. It implements
 * just enough of WebSocket (RFC 6455) for that: a full client would itself be cold code and take
 * most of the time.
 */
final class WarmUpVisit extends SimpleChannelInboundHandler<ByteBuf> {

  private static final int FINAL_TEXT = 0x81;
  private static final int FINAL_CLOSE = 0x88;
  private static final int MASKED = 0x80;
  private static final int MASK_BYTES = 4;

  private static final String UPGRADED = "\r\n\r\n";

  private static final String LAST_ANSWER = "\"id\":\"last\"";

  private static final byte[] CLOSE = frame(FINAL_CLOSE, "");

  private final String handshake;
  private final byte[] commands;
  private final Runnable onAnswered;
  private final StringBuilder received = new StringBuilder();
  private boolean upgraded;

  /**
   * @param commands from {@link #frames}
   * @param onAnswered called once the last command is answered, and not after a failure
   */
  WarmUpVisit(String token, byte[] commands, Runnable onAnswered) {
    this.handshake =
        """
        GET /ws HTTP/1.1
        Host: localhost
        Upgrade: websocket
        Connection: Upgrade
        Sec-WebSocket-Version: 13
        Sec-WebSocket-Key: d2FybS11cCB3YXJtLXVwIQ==
        Authorization: Bearer %s

        """
            .formatted(token)
            .replace("\n", "\r\n");
    this.commands = commands;
    this.onAnswered = onAnswered;
  }

  /** Encodes commands as frames; the last command must have the id {@code last}. */
  static byte[] frames(String... commands) {
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    Stream.of(commands).forEach(command -> frames.writeBytes(frame(FINAL_TEXT, command)));
    return frames.toByteArray();
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    send(context, handshake.getBytes(ISO_8859_1));
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
    received.append(bytes.toString(ISO_8859_1));
    if (!upgraded && received.indexOf(UPGRADED) >= 0) {
      upgraded = true;
      send(context, commands);
    } else if (upgraded && received.indexOf(LAST_ANSWER) >= 0) {
      received.setLength(0);
      onAnswered.run();
      send(context, CLOSE);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
    var _ = context.close();
  }

  private static void send(ChannelHandlerContext context, byte[] bytes) {
    var _ = context.writeAndFlush(Unpooled.wrappedBuffer(bytes));
  }

  /** Encodes a frame of at most 125 bytes; its mask is zero, so the payload stays plain. */
  private static byte[] frame(int first, String text) {
    return ByteBuffer.allocate(2 + MASK_BYTES + text.length())
        .put((byte) first)
        .put((byte) (MASKED | text.length()))
        .putInt(0)
        .put(text.getBytes(ISO_8859_1))
        .array();
  }
}
