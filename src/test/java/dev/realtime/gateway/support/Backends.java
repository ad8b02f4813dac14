package dev.realtime.gateway.support;

import dev.realtime.gateway.dev.DevelopmentPostgres;
import dev.realtime.gateway.dev.DevelopmentRedis;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One PostgreSQL and one Redis for all tests of a JVM, started when first asked for. A test that
 * kills a server starts its own.
 */
public final class Backends {

  private static final AtomicInteger DATABASES = new AtomicInteger();

  private Backends() {}

  /** The {@code DATABASE_URL} of an empty database nobody else uses. */
  public static String freshDatabase() {
    return Postgres.SHARED.createDatabase("test_" + DATABASES.incrementAndGet());
  }

  /** The shared Redis; rooms of different tests must bear different names. */
  public static DevelopmentRedis redis() {
    return Redis.SHARED;
  }

  private static final class Postgres {
    static final DevelopmentPostgres SHARED = DevelopmentPostgres.startTemporary();
  }

  private static final class Redis {
    static final DevelopmentRedis SHARED = DevelopmentRedis.startTemporary();
  }
}
