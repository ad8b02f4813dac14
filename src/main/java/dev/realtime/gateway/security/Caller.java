package dev.realtime.gateway.security;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The caller that a verified access token names.
 *
 * @param userId the token's {@code sub}
 * @param expiresAt when the token expires, and the connection with it
 * @param tokenId the token's {@code jti}, if it has one: the name by which a token will be revoked
 * @param scopes permissions beyond acting as the user; empty for an app's token
 */
public record Caller(
    String userId, Instant expiresAt, @Nullable String tokenId, Set<String> scopes) {

  /** The scope of the platform's backend: it permits the server API, and no socket. */
  public static final String ADMIN_SCOPE = "gateway:admin";

  /** The scope of a user who exists only while an instance warms up. */
  public static final String WARM_UP_SCOPE = "gateway:warm-up";

  /** The author of what no user did: a change made by the server API. */
  public static final String PLATFORM = "platform";

  public Caller {
    scopes = Set.copyOf(scopes);
  }

  /** Whether this is a service token of the platform's backend. */
  public boolean isService() {
    return scopes.contains(ADMIN_SCOPE);
  }
}
