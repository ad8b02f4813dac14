package dev.realtime.gateway.support;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Instances that the tests of a JVM share, one for each configuration. A test leaves an instance as
 * it found it and names its users and chats as no other test does; a test that pauses, restarts or
 * breaks something starts an instance of its own. The end of the JVM closes them.
 */
public final class Gateways {

  private static final Map<List<String>, TestGateway> SHARED = new ConcurrentHashMap<>();

  private Gateways() {}

  /** The instance with these settings, {@code NAME=value} each; started when first asked for. */
  public static TestGateway shared(String... settings) {
    return SHARED.computeIfAbsent(
        Arrays.stream(settings).sorted().toList(), _ -> TestGateway.start(settings));
  }

  /** The two nodes that most tests play on. */
  static TwoNodes nodes() {
    return Nodes.SHARED;
  }

  private static final class Nodes {
    static final TwoNodes SHARED = TwoNodes.start();
  }
}
