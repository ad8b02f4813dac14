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
    Ids.check(FIELD, "algorithm of encrypted", algorithm);
    Ids.check(FIELD, "senderDeviceId of encrypted", senderDeviceId);
    Checks.required(FIELD, "ciphertext of encrypted", ciphertext);
    Checks.text(FIELD, "ciphertext of encrypted", ciphertext, 1, Bounds.CIPHERTEXT_BYTES);
    Checks.required(FIELD, "keys of encrypted", keys);
    if (keys.size() > Bounds.DEVICES) {
      throw GatewayException.badRequest(
          FIELD, "keys of encrypted must hold at most " + Bounds.DEVICES + " entries.");
    }
    keys.forEach((device, key) -> {
      Checks.text(FIELD, "A device in keys", device, 1, 2 * Bounds.ID_LENGTH + 1);
      Checks.required(FIELD, "A key in keys", key);
      Checks.text(FIELD, "A key in keys", key, 1, Bounds.WRAPPED_KEY_BYTES);
    });
    keys = Map.copyOf(keys);
  }
}
