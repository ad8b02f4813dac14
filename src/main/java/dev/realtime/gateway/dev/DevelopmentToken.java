package dev.realtime.gateway.dev;

import java.time.Instant;

/**
 * A minted access token.
 *
 * @param expiresAt when the token expires, in whole seconds
 */
public record DevelopmentToken(String token, Instant expiresAt) {}
