package dev.realtime.gateway.faults;

import java.util.Random;

/**
 * A fault and its remedy.
 *
 * @param name as the table of service times has it
 * @param place what it strikes: two faults of one place are never there at once
 * @param brief how long it lasts in a build, in milliseconds
 * @param longest how long it may last in a long run, in milliseconds
 * @param strikes causes it; what is given back heals it
 */
record Fault(String name, Place place, int brief, int longest, Strike strikes) {

  /** What a fault strikes. */
  enum Place {
    GATEWAY,
    REDIS,
    POSTGRES,
    CLIENT,
    RECEIVER
  }

  /** Causes a fault. */
  interface Strike {
    Runnable strike(Random random, int millis);
  }

  int lasts(boolean inBuild, Random random) {
    return inBuild ? brief : brief + random.nextInt(longest - brief + 1);
  }
}
