package dev.realtime.gateway.support;

import dev.realtime.gateway.config.Migrations;
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

  /** The {@code DATABASE_URL} of a database nobody else uses, with the schema and no data. */
  public static String freshDatabase() {
    return Template.SCHEMA.copy("test_" + DATABASES.incrementAndGet());
  }

  /** The {@code DATABASE_URL} of a database nobody else uses, without a schema. */
  static String emptyDatabase() {
    return Postgres.SHARED.createDatabase("test_" + DATABASES.incrementAndGet());
  }

  /** The shared Redis; rooms of different tests must bear different names. */
  public static DevelopmentRedis redis() {
    return Redis.SHARED;
  }

  private static final class Postgres {
    static final DevelopmentPostgres SHARED = DevelopmentPostgres.startTemporary();
  }

  /** Copied for each test: an instance that finds the schema starts in two thirds of the time. */
  private static final class Template {
    static final TestDatabase SCHEMA = TestDatabase.empty();

    static {
      Migrations.run(SCHEMA.url());
    }
  }

  private static final class Redis {
    static final DevelopmentRedis SHARED = DevelopmentRedis.startTemporary();
  }
}
