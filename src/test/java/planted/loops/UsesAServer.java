package planted.loops;

import dev.realtime.gateway.support.Backends;

/** Planted for {@code TestLoopsTest}: reaches a server through a class of the tests. */
final class UsesAServer {

  private UsesAServer() {}

  static String host() {
    return Backends.redis().host();
  }
}
