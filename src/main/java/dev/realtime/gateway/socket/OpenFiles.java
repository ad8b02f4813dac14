package dev.realtime.gateway.socket;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** The limit of open files of this process, of which each socket takes one. */
final class OpenFiles {

  private OpenFiles() {}

  /**
   * Returns how many sockets of clients leave enough files for everything else, Redis and
   * PostgreSQL above all: nine tenths of the limit, or no limit where the system tells none.
   */
  static long forSockets() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
            && system.getMaxFileDescriptorCount() > 0
        ? system.getMaxFileDescriptorCount() / 10 * 9
        : Long.MAX_VALUE;
  }
}
