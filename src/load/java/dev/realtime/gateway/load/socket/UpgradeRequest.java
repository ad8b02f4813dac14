package dev.realtime.gateway.load.socket;

import dev.realtime.gateway.load.setting.Target;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The opening handshake (RFC 6455, section 4.1). The key is the RFC's own example. */
public record UpgradeRequest(Target target, String token) {

  private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";
  private static final String ACCEPT = "s3pplmbitxaq9kygzzhzrbk+xoo=";
  private static final ByteBuf END =
      Unpooled.unreleasableBuffer(
          Unpooled.copiedBuffer("\r\n\r\n", StandardCharsets.ISO_8859_1).asReadOnly());
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3})");

  ByteBuf toWire(ByteBufAllocator allocator) {
    String head =
        """
        GET %s HTTP/1.1
        Host: %s
        Connection: Upgrade
        Upgrade: websocket
        Sec-WebSocket-Version: 13
        Sec-WebSocket-Key: %s
        Sec-WebSocket-Protocol: gateway.v1
        Authorization: Bearer %s

        """
            .formatted(target.resource(), target.uri().getAuthority(), KEY, token)
            .replace("\n", "\r\n");
    return ByteBufUtil.writeUtf8(allocator, head);
  }

  /** How many bytes the head of an answer has, or -1 if its end has not come. */
  static int endOfHead(ByteBuf in) {
    int end = ByteBufUtil.indexOf(END, in);
    return end < 0 ? -1 : end - in.readerIndex() + END.readableBytes();
  }

  static int status(String head) {
    Matcher status = STATUS.matcher(head);
    return status.lookingAt() ? Integer.parseInt(status.group(1)) : 0;
  }

  static boolean isAccepted(String head) {
    return status(head) == 101
        && head.toLowerCase(Locale.ROOT).contains("sec-websocket-accept: " + ACCEPT);
  }
}
