package dev.realtime.gateway.support;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.Extension;
import reactor.blockhound.BlockHound;

/**
 * Makes whatever blocks an event loop fail, in every test, and looks often at what a test waits
 * for: the hundreds of waits of a build must not cost a tenth of a second each. JUnit finds this
 * extension by itself, in the JVMs that run tests; a listener of the JUnit platform would also run
 * in Maven's own JVM, which looks for the tests before it shares them out among several.
 */
public final class TestDefaults implements Extension {

  static {
    BlockHound.install();
    Awaitility.setDefaultPollInterval(Duration.ofMillis(20));
  }
}
