package dev.realtime.gateway.dev;

import dev.realtime.gateway.config.EnvironmentFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** Random secrets that a folder keeps, so that a token survives a restart. */
final class DevelopmentSecrets {

  private static final List<String> NAMES =
      List.of("JWT_ACCESS_TOKEN_SECRET", "JWT_REFRESH_TOKEN_SECRET");
  private static final int BYTES = 48;

  private DevelopmentSecrets() {}

  /** Returns the secrets of a folder by the names of their variables; creates missing ones. */
  static Map<String, String> keptIn(Path folder) {
    Path file = folder.resolve("secrets.properties");
    Map<String, String> kept = EnvironmentFile.read(file);
    return kept.keySet().containsAll(NAMES) ? kept : make(file);
  }

  private static Map<String, String> make(Path file) {
    var random = new SecureRandom();
    List<String> lines = new ArrayList<>();
    for (String name : NAMES) {
      byte[] secret = new byte[BYTES];
      random.nextBytes(secret);
      lines.add(name + "=" + Base64.getUrlEncoder().encodeToString(secret));
    }
    try {
      Files.write(file, lines);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    return EnvironmentFile.read(file);
  }
}
