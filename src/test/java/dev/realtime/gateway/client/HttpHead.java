package dev.realtime.gateway.client;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Status line and headers of an HTTP/1.1 answer.
 *
 * @param lines the header lines
 */
record HttpHead(int status, List<String> lines) {

  static HttpHead read(DataInputStream in) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    while (!bytes.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("The connection ended within the headers: " + bytes);
      }
      bytes.write(next);
    }
    List<String> lines = bytes.toString(StandardCharsets.ISO_8859_1).lines().toList();
    int status = Integer.parseInt(lines.getFirst().substring(9, 12));
    return new HttpHead(status, lines.subList(1, lines.size() - 1));
  }

  @Nullable String header(String name) {
    String prefix = name.toLowerCase(Locale.ROOT) + ":";
    return lines.stream()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
        .map(line -> line.substring(prefix.length()).strip())
        .findFirst()
        .orElse(null);
  }

  /** The body by its length, in chunks, or none. */
  byte[] readBody(DataInputStream in) throws IOException {
    String length = header("Content-Length");
    if (length != null) {
      return in.readNBytes(Integer.parseInt(length));
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    if ("chunked".equalsIgnoreCase(header("Transfer-Encoding"))) {
      for (int size = chunkSize(in); size > 0; size = chunkSize(in)) {
        body.write(in.readNBytes(size));
        in.skipNBytes(2);
      }
    }
    return body.toByteArray();
  }

  private static int chunkSize(DataInputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
      line.append((char) next);
    }
    return Integer.parseInt(line.toString().strip(), 16);
  }
}
