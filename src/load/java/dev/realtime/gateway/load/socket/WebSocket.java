package dev.realtime.gateway.load.socket;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The client's side of one WebSocket: handshake, frames, pings, close. Confined to its loop. */
public final class WebSocket extends ChannelInboundHandlerAdapter {

  static final int CUT = 1006;

  private static final int NORMAL = 1000;
  private static final int BROKEN = 1002;
  private static final int CLOSE_PATIENCE_SECONDS = 2;

  private final UpgradeRequest request;
  private final SocketListener listener;
  private final byte[] scratch;
  private final SplittableRandom random;
  private final FrameReader reader = new FrameReader();
  private @Nullable ChannelHandlerContext context;
  private @Nullable ByteBuf rest;
  private boolean upgraded;
  private boolean closeSent;
  private int upgradeStatus;
  private int closeCode = CUT;

  public WebSocket(UpgradeRequest request, SocketListener listener, Worker worker) {
    this.request = request;
    this.listener = listener;
    this.scratch = worker.scratch();
    this.random = worker.random();
  }

  @Override
  public void channelActive(ChannelHandlerContext active) {
    context = active;
    var _ = active.writeAndFlush(request.toWire(active.alloc()));
  }

  @Override
  public void channelRead(ChannelHandlerContext reading, Object message) {
    ByteBuf in = joined((ByteBuf) message);
    try {
      if (upgraded || readAnswer(reading, in)) {
        readFrames(reading, in);
      }
    } catch (BrokenFrameException broken) {
      closeCode = BROKEN;
      in.skipBytes(in.readableBytes());
      var _ = reading.close();
    } finally {
      keepRest(in);
    }
  }

  /** What was left of the last read, and this one behind it. */
  private ByteBuf joined(ByteBuf in) {
    ByteBuf before = rest;
    if (before == null) {
      return in;
    }
    rest = null;
    before.writeBytes(in);
    in.release();
    return before;
  }

  private void keepRest(ByteBuf in) {
    if (!in.isReadable()) {
      in.release();
    } else if (in.readerIndex() == 0) {
      rest = in;
    } else {
      rest = in.alloc().directBuffer(in.readableBytes()).writeBytes(in);
      in.release();
    }
  }

  private boolean readAnswer(ChannelHandlerContext reading, ByteBuf in) {
    int end = UpgradeRequest.endOfHead(in);
    if (end < 0) {
      return false;
    }
    String head = in.readCharSequence(end, StandardCharsets.ISO_8859_1).toString();
    upgradeStatus = UpgradeRequest.status(head);
    if (!UpgradeRequest.isAccepted(head)) {
      in.skipBytes(in.readableBytes());
      var _ = reading.close();
      return false;
    }
    upgradeStatus = 0;
    upgraded = true;
    return true;
  }

  private void readFrames(ChannelHandlerContext reading, ByteBuf in) {
    while (reader.next(in)) {
      int length = reader.length();
      in.readBytes(scratch, 0, length);
      switch (reader.opcode()) {
        case FrameReader.TEXT -> listener.text(scratch, length);
        case FrameReader.PING -> answerPing(length);
        case FrameReader.CLOSE -> answerClose(reading, length);
        case FrameReader.PONG -> {}
        default -> throw new BrokenFrameException("A frame of kind " + reader.opcode());
      }
    }
  }

  private void answerPing(int length) {
    send(FrameReader.PONG, Arrays.copyOf(scratch, length));
    listener.pinged();
  }

  private void answerClose(ChannelHandlerContext reading, int length) {
    closeCode = length < 2 ? NORMAL : (scratch[0] & 0xFF) << 8 | (scratch[1] & 0xFF);
    if (!closeSent) {
      sendClose(closeCode);
    }
    // The server ends the connection first, so that the waiting port is its own.
    closeLater(reading);
  }

  /** Sends a text frame. */
  public void sendText(byte[] text) {
    send(FrameReader.TEXT, text);
  }

  private void send(int opcode, byte[] payload) {
    ChannelHandlerContext open = context;
    if (open != null && !closeSent) {
      var _ =
          open.writeAndFlush(
              FrameWriter.frame(open.alloc(), opcode, payload, random.nextInt()),
              open.voidPromise());
    }
  }

  /** Ends the connection, politely where the server plays along. */
  public void close() {
    ChannelHandlerContext open = context;
    if (open == null) {
      return;
    }
    if (upgraded && !closeSent) {
      sendClose(NORMAL);
      closeLater(open);
    } else {
      var _ = open.close();
    }
  }

  private void sendClose(int code) {
    send(FrameReader.CLOSE, new byte[] {(byte) (code >> 8), (byte) code});
    closeSent = true;
  }

  private static void closeLater(ChannelHandlerContext open) {
    var _ =
        open.channel()
            .eventLoop()
            .schedule(() -> closeNow(open), CLOSE_PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private static void closeNow(ChannelHandlerContext open) {
    var _ = open.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ended) {
    if (rest != null) {
      rest.release();
      rest = null;
    }
    context = null;
    listener.gone(upgradeStatus, closeCode);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext failed, Throwable cause) {
    var _ = failed.close();
  }
}
