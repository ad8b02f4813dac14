package dev.realtime.gateway.support;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Reading random numbers is no blocking call: /dev/urandom answers at once, always. Without this a
 * test fails now and then, when the buffer of the JDK's generator runs dry on an event loop.
 */
public final class RandomnessIntegration implements BlockHoundIntegration {

  @Override
  public void applyTo(BlockHound.Builder builder) {
    builder.allowBlockingCallsInside("sun.security.provider.NativePRNG$RandomIO", "readFully");
  }
}
