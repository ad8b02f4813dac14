package dev.realtime.gateway.socket;

import dev.realtime.gateway.protocol.GatewayException;
import dev.realtime.gateway.security.Caller;
import org.jspecify.annotations.Nullable;

/**
 * The caller and the device that an upgrade names.
 *
 * @param caller of the token; null without a valid token
 * @param refusal what is wrong with a token that has to be refused on the open socket; null for
 *     nothing
 * @param deviceId the device as the upgrade named it; null for none
 */
record Identification(
    @Nullable Caller caller, @Nullable GatewayException refusal, @Nullable String deviceId) {

  static final Identification NONE = new Identification(null, null, null);
}
