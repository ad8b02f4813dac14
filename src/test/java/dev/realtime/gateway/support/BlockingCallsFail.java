package dev.realtime.gateway.support;

import org.junit.jupiter.api.extension.Extension;
import reactor.blockhound.BlockHound;

/**
 * Makes whatever blocks an event loop fail, in every test. JUnit finds this extension by itself, in
 * the JVMs that run tests; a listener of the JUnit platform would also run in Maven's own JVM,
 * which looks for the tests before it shares them out among several.
 */
public final class BlockingCallsFail implements Extension {

  static {
    BlockHound.install();
  }
}
