package dev.realtime.gateway.support;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * What libraries do on event loops that looks like blocking. An error thrown in the midst of it
 * would break them: Lettuce would wait for ever for a lock that nobody holds.
 */
public final class PermittedWaits implements BlockHoundIntegration {

  @Override
  public void applyTo(BlockHound.Builder builder) {
    builder
        // Held for a few instructions, to count who writes to a connection.
        .allowBlockingCallsInside("io.lettuce.core.protocol.SharedLock", "incrementWriters")
        .allowBlockingCallsInside("io.lettuce.core.protocol.SharedLock", "decrementWriters")
        .allowBlockingCallsInside("io.lettuce.core.protocol.SharedLock", "doExclusive")
        // Whoever reads a type for the first time lets the others wait until it is known.
        .allowBlockingCallsInside(
            "tools.jackson.databind.deser.DeserializerCache", "_createAndCacheValueDeserializer")
        // Reads the certificates of the system, once per connection to PostgreSQL.
        .allowBlockingCallsInside(
            "io.r2dbc.postgresql.client.ReactorNettyClient", "registerSslHandler")
        // Held for a few instructions by threads that share large buffers. Netty itself permits the
        // like in its older allocator.
        .allowBlockingCallsInside("io.netty.buffer.AdaptivePoolingAllocator$Magazine", "free")
        .allowBlockingCallsInside("io.netty.buffer.AdaptivePoolingAllocator$MagazineGroup", "free")
        // The system's random numbers are there at once.
        .allowBlockingCallsInside("java.security.SecureRandom", "nextBytes");
  }
}
