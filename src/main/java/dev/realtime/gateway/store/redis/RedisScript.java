package dev.realtime.gateway.store.redis;

import io.lettuce.core.ScriptOutputType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A Lua script that Redis runs as one step: nothing else happens meanwhile.
 *
 * @param digest its SHA-1, by which Redis knows it after the first time
 */
public record RedisScript(String source, String digest, ScriptOutputType output) {

  /**
   * Reads a script from the class path, beside the class that runs it.
   *
   * @throws IllegalStateException if it is not there
   */
  public static RedisScript of(Class<?> owner, String name, ScriptOutputType output) {
    try (InputStream in = owner.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("No script " + name + " beside " + owner.getName());
      }
      byte[] source = in.readAllBytes();
      return new RedisScript(new String(source, StandardCharsets.UTF_8), digest(source), output);
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  private static String digest(byte[] source) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-1").digest(source);
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
