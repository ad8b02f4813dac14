package dev.realtime.gateway.protocol;

import java.util.Map;

/**
 * An end-to-end encrypted body; the gateway relays and stores it without reading it.
 *
 * @param ciphertext base64, at most 8 KiB of text
 * @param keys the body's key, wrapped once per device, by {@code userId/deviceId}; at most 100
 */
public record Encrypted(
    String algorithm, String senderDeviceId, String ciphertext, Map<String, String> keys) {

  private static final String FIELD = "encrypted";

  public Encrypted {
    Ids.check(FIELD, algorithm);
    Ids.check(FIELD, senderDeviceId);
    Checks.text(FIELD, Checks.required(FIELD, ciphertext), 1, Bounds.CIPHERTEXT_BYTES);
    Checks.required(FIELD, keys);
    Checks.atMost(FIELD, keys.size(), Bounds.DEVICES);
    keys.forEach((device, key) -> {
      Checks.text(FIELD, device, 1, 2 * Bounds.ID_LENGTH + 1);
      Checks.text(FIELD, Checks.required(FIELD, key), 1, Bounds.WRAPPED_KEY_BYTES);
    });
    keys = Map.copyOf(keys);
  }
}
